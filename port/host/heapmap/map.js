// SPDX-License-Identifier: MIT
'use strict';

/** Colours of a scheme: a style's ground and the ink of its pattern, as [red, green, blue]. */
const SCHEMES = {
  light: { paper: [255, 255, 255], edge: [255, 255, 255], mark: [0, 0, 0] },
  dark: { paper: [13, 17, 23], edge: [13, 17, 23], mark: [255, 255, 255] },
};
// Okabe and Ito's, from light to dark as blocks grow.
const GROUNDS = {
  'live-16': [240, 228, 66], 'live-32': [230, 159, 0], 'live-64': [86, 180, 233], 'live-128': [0, 158, 115],
  'live-248': [204, 121, 167], 'live-512': [213, 94, 0], 'live-large': [0, 114, 178], damaged: [200, 0, 0],
};
const GREYS = {
  light: { ready: [205, 205, 205], free: [240, 240, 240], map: [90, 90, 90], freed: [228, 228, 228], untouched: [250, 250, 250] },
  dark: { ready: [92, 98, 106], free: [38, 44, 52], map: [150, 150, 150], freed: [48, 54, 62], untouched: [18, 23, 30] },
};
/** Whether a pattern of period p has ink at (x, y). */
const PATTERNS = {
  'live-32': (x, y, p) => y === p >> 1,
  'live-64': (x, y, p) => (x + y) % p === 0,
  'live-128': (x, y, p) => x === p >> 1,
  'live-248': (x, y, p) => (x + p - y) % p === 0,
  'live-512': (x, y, p) => (x >> 1) % 2 === 0 && (y >> 1) % 2 === 0,
  'live-large': (x, y, p) => x === p >> 1 || y === p >> 1,
  ready: (x, y, p) => (x + y) % p === 0,
  free: (x, y, p) => x === p >> 1 && y === p >> 1,
  damaged: (x, y) => ((x >> 1) + (y >> 1)) % 2 === 0,
};
const DIMMED = 0.78;

function mixed(from, to, part) {
  return from.map((value, index) => Math.round(value + (to[index] - value) * part));
}

function pixel([red, green, blue]) {
  return (0xff000000 | blue << 16 | green << 8 | red) >>> 0;
}

/** The pixels of one unit, w x h device pixels, in each style and variant: plain, dimmed, lit; inside and at a start. */
class Tiles {
  static VARIANTS = 3;

  constructor(styles, scheme, width, height, ratio) {
    Object.assign(this, { styles, scheme, width, height, ratio });
    this.size = width * height;
    this.pixels = new Uint32Array(this.size * styles.length * Tiles.VARIANTS * 2);
    styles.forEach(([name], style) => {
      for (let variant = 0; variant < Tiles.VARIANTS; variant++) {
        for (let isStart = 0; isStart < 2; isStart++) {
          this.make(name, this.offsetOf(style, variant, isStart), variant, isStart);
        }
      }
    });
  }

  offsetOf(style, variant, isStart) {
    return this.size * (2 * (style * Tiles.VARIANTS + variant) + isStart);
  }

  make(name, offset, variant, isStart) {
    const { paper, edge, mark } = SCHEMES[this.scheme];
    const fade = (colour) => pixel(variant === 1 ? mixed(colour, paper, DIMMED) : colour);
    const colour = GROUNDS[name] || GREYS[this.scheme][name];
    const ground = fade(colour);
    const ink = fade(mixed(colour, GROUNDS[name] || this.scheme === 'light' ? [0, 0, 0] : [255, 255, 255], 0.5));
    const cell = this.width / this.ratio;
    const period = cell > 8 ? cell / 2 : cell;
    const pattern = cell >= 4 ? PATTERNS[name] : undefined;
    for (let y = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++) {
        let value = ground;
        const [col, row] = [Math.floor(x / this.ratio) % period, Math.floor(y / this.ratio) % period];
        if (pattern && pattern(col, row, period)) {
          value = ink;
        }
        if (variant === 2 && cell >= 8 && (y < this.ratio * 2 || y >= this.height - this.ratio * 3)) {
          value = pixel(mark);
        }
        if (y >= this.height - this.ratio && this.height > 3 * this.ratio || isStart && x < this.ratio && cell >= 3) {
          value = pixel(edge);
        }
        this.pixels[offset + y * this.width + x] = value;
      }
    }
  }
}

/** One heap's canvas: a row of units below the other, lowest address first. */
class HeapMap {
  static HEIGHT_MAX = 560;
  static CELLS = [16, 12, 8, 6, 4, 3, 2, 1];

  constructor(player, heap, canvas, overlay) {
    Object.assign(this, { player, heap, canvas, overlay });
    this.untouched = player.model.styles.findIndex(([name]) => name === 'untouched');
    this.freed = player.model.styles.findIndex(([name]) => name === 'freed');
  }

  /** Chooses the largest unit with which the heap is not too high, and makes its tiles. */
  layOut(width, scheme) {
    const ratio = Math.min(3, Math.max(1, Math.round(window.devicePixelRatio || 1)));
    for (const cell of HeapMap.CELLS) {
      this.cell = cell;
      this.rowHeight = cell >= 8 ? cell : Math.max(cell + 2, 3);
      this.columns = Math.max(8, Math.floor(width / cell / 8) * 8);
      this.rows = Math.ceil(this.heap.units / this.columns);
      if (this.rows * this.rowHeight <= HeapMap.HEIGHT_MAX) {
        break;
      }
    }
    this.ratio = ratio;
    this.tiles = new Tiles(this.player.model.styles, scheme, this.cell * ratio, this.rowHeight * ratio, ratio);
    for (const canvas of [this.canvas, this.overlay]) {
      canvas.width = this.columns * this.cell * ratio;
      canvas.height = this.rows * this.rowHeight * ratio;
      canvas.style.width = `${this.columns * this.cell}px`;
      canvas.style.height = `${this.rows * this.rowHeight}px`;
    }
    this.image = new ImageData(this.canvas.width, this.canvas.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.offsets = new Int32Array(this.columns);
  }

  /** lit: the site whose blocks are lit, or -1. */
  draw(lit) {
    const { player, tiles, pixels, offsets, columns, heap } = this;
    const { owner, style, site } = player;
    const stride = this.canvas.width;
    const paper = pixel(SCHEMES[tiles.scheme].paper);
    for (let row = 0; row < this.rows; row++) {
      for (let column = 0; column < columns; column++) {
        const index = row * columns + column;
        offsets[column] = -1;
        if (index < heap.units) {
          const who = owner[heap.offset + index];
          const kind = who > 0 ? style[who - 1] : who < 0 ? this.freed : this.untouched;
          const variant = lit < 0 ? 0 : who > 0 && site[who - 1] === lit && player.isLiveStyle(kind) ? 2 : 1;
          const isStart = index === 0 || owner[heap.offset + index - 1] !== who;
          offsets[column] = tiles.offsetOf(kind, variant, isStart && who > 0 ? 1 : 0);
        }
      }
      this.copyRow(row * tiles.height * stride, stride, pixels, paper);
    }
    // Pixels come from memory at each step: a canvas that lives there takes them without a detour.
    this.canvas.getContext('2d', { alpha: false, willReadFrequently: true }).putImageData(this.image, 0, 0);
  }

  copyRow(target, stride, pixels, paper) {
    const { tiles, offsets, columns } = this;
    const source = tiles.pixels;
    const width = tiles.width;
    for (let y = 0; y < tiles.height; y++) {
      let at = target + y * stride;
      for (let column = 0; column < columns; column++) {
        const from = offsets[column];
        if (from < 0) {
          pixels.fill(paper, at, at + width);
        } else {
          const line = from + y * width;
          for (let x = 0; x < width; x++) {
            pixels[at + x] = source[line + x];
          }
        }
        at += width;
      }
    }
  }

  /** The unit of the heap at a point of the canvas, or -1. */
  unitAt(x, y) {
    const column = Math.floor(x / this.cell);
    const unit = Math.floor(y / this.rowHeight) * this.columns + column;
    return column >= 0 && column < this.columns && unit >= 0 && unit < this.heap.units ? unit : -1;
  }

  /** The run of units with the same owner around one: [first, end). */
  runAt(unit) {
    const { owner } = this.player;
    const { offset, units } = this.heap;
    let [first, end] = [unit, unit + 1];
    while (first > 0 && owner[offset + first - 1] === owner[offset + unit]) {
      first--;
    }
    while (end < units && owner[offset + end] === owner[offset + unit]) {
      end++;
    }
    return [first, end];
  }

  /** Draws a frame around units [first, end); none for an empty range. */
  frame(first, end) {
    const context = this.overlay.getContext('2d');
    context.clearRect(0, 0, this.overlay.width, this.overlay.height);
    if (first >= end) {
      return;
    }
    context.save();
    context.scale(this.ratio, this.ratio);
    for (const [colour, width] of [['#ffffff', 5], ['#000000', 2.5]]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.stroke(this.outline(first, end));
    }
    context.restore();
  }

  /** The line around units [first, end), over several rows if they are on several. */
  outline(first, end) {
    const { columns, cell, rowHeight } = this;
    const [rowFirst, rowLast] = [Math.floor(first / columns), Math.floor((end - 1) / columns)];
    const [left, right] = [(first - rowFirst * columns) * cell, (end - rowLast * columns) * cell];
    const [top, bottom] = [rowFirst * rowHeight, (rowLast + 1) * rowHeight - 1];
    const path = new Path2D();
    if (rowFirst === rowLast) {
      path.rect(left, top, right - left, bottom - top);
      return path;
    }
    const points = [[left, top], [columns * cell, top], [columns * cell, bottom - rowHeight], [right, bottom - rowHeight],
      [right, bottom], [0, bottom], [0, top + rowHeight], [left, top + rowHeight]];
    points.forEach(([x, y]) => path.lineTo(x, y));
    path.closePath();
    return path;
  }
}
