// SPDX-License-Identifier: MIT
'use strict';

/** Column arrays out of base64. */
function unpack(text, Type) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Type(bytes.buffer);
}

/**
 * The heaps at one position: who lies in each unit, and the sums. Positions far apart are reached from a checkpoint,
 * so that each step costs about the same, wherever it goes.
 */
class Player {
  static CHECKPOINT_BYTES_MAX = 48 << 20;

  constructor(model) {
    this.model = model;
    this.heaps = model.heaps;
    const columns = model.columns;
    for (const [name, Type] of Object.entries({
      heap: Uint8Array, start: Uint32Array, bytes: Uint32Array, style: Uint8Array, address: Uint32Array,
      asked: Uint32Array, site: Int32Array, kind: Uint8Array, born: Uint32Array, bornSeconds: Float32Array,
      died: Uint32Array, diedSeconds: Float32Array, diedSite: Int32Array, ended: Uint8Array,
    })) {
      this[name] = unpack(columns[name], Type);
    }
    this.events = unpack(model.events, Int32Array); // number + 1 of who is born, or minus that
    this.eventPosition = unpack(model.eventPositions, Uint32Array);
    let offset = 0;
    for (const heap of this.heaps) {
      heap.offset = offset;
      offset += heap.units;
    }
    this.owner = new Int32Array(offset); // item + 1; minus that after its end; 0 = never used
    this.sums = new Float64Array(2 * (model.styles.length + model.sites.length));
    this.siteBase = 2 * model.styles.length;
    for (let item = 0; item < model.staticCount; item++) {
      this.place(item, true);
    }
    this.done = 0;
    this.position = 0;
    this.makeCheckpoints();
  }

  makeCheckpoints() {
    const count = this.events.length;
    const most = Math.max(1, Math.floor(Player.CHECKPOINT_BYTES_MAX / (this.owner.byteLength + this.sums.byteLength)));
    this.step = Math.max(1024, Math.ceil(count / most));
    this.checkpoints = [];
    for (let event = 0; event <= count; event++) {
      if (event % this.step === 0) {
        this.checkpoints.push([this.owner.slice(), this.sums.slice()]);
      }
      if (event < count) {
        this.apply(event);
      }
    }
    this.restore(0);
  }

  restore(number) {
    const [owner, sums] = this.checkpoints[number];
    this.owner.set(owner);
    this.sums.set(sums);
    this.done = number * this.step;
  }

  /** Units [first, end) of an item, counted over all heaps. */
  unitsOf(item) {
    const heap = this.heaps[this.heap[item]];
    const low = Math.ceil((this.start[item] - heap.start) / 8) * 8;
    const high = Math.ceil((this.start[item] + this.bytes[item] - heap.start) / 8) * 8;
    const first = Math.floor(low / heap.unitBytes);
    const end = Math.max(first + 1, Math.ceil(high / heap.unitBytes));
    return [heap.offset + Math.min(first, heap.units), heap.offset + Math.min(end, heap.units)];
  }

  place(item, isBorn) {
    const [first, end] = this.unitsOf(item);
    const mine = item + 1;
    if (isBorn) {
      this.owner.fill(mine, first, end);
    } else {
      for (let unit = first; unit < end; unit++) {
        if (this.owner[unit] === mine) {
          this.owner[unit] = -mine;
        }
      }
    }
    const sign = isBorn ? 1 : -1;
    const bytes = sign * (this.asked[item] || (this.address[item] ? 0 : this.bytes[item]));
    this.sums[2 * this.style[item]] += sign;
    this.sums[2 * this.style[item] + 1] += bytes;
    if (this.site[item] >= 0 && this.isLiveStyle(this.style[item])) {
      this.sums[this.siteBase + 2 * this.site[item]] += sign;
      this.sums[this.siteBase + 2 * this.site[item] + 1] += bytes;
    }
  }

  isLiveStyle(style) {
    return style < this.model.bandCount;
  }

  apply(event) {
    const change = this.events[event];
    this.place(Math.abs(change) - 1, change > 0);
  }

  /** How many events have happened at a position. */
  eventsUntil(position) {
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.eventPosition[middle] <= position) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  seek(position) {
    const wanted = this.eventsUntil(position);
    const checkpoint = Math.floor(wanted / this.step);
    if (wanted < this.done || checkpoint * this.step > this.done) {
      this.restore(checkpoint);
    }
    while (this.done < wanted) {
      this.apply(this.done++);
    }
    this.position = position;
  }

  /** [blocks, bytes] of a style, or of a site. */
  ofStyle(style) {
    return [this.sums[2 * style], this.sums[2 * style + 1]];
  }

  ofSite(site) {
    return [this.sums[this.siteBase + 2 * site], this.sums[this.siteBase + 2 * site + 1]];
  }

  live() {
    let [blocks, bytes] = [0, 0];
    for (let style = 0; style < this.model.bandCount; style++) {
      blocks += this.sums[2 * style];
      bytes += this.sums[2 * style + 1];
    }
    return [blocks, bytes];
  }

  /** Whether an item is a live block now. */
  isLive(item) {
    return this.isLiveStyle(this.style[item]) && this.owner[this.unitsOf(item)[0]] === item + 1;
  }

  /** Those that had the item's first byte before it was born, the last one first. */
  tenantsBefore(item) {
    const address = this.address[item] || this.start[item];
    const found = [];
    for (let other = this.model.firstPast; other < this.start.length; other++) {
      if (other !== item && this.start[other] <= address && address < this.start[other] + this.bytes[other]
          && this.died[other] <= this.position
          && (this.model.kind === 'dump' || this.died[other] <= this.born[item])) {
        found.push(other);
      }
    }
    return found.sort((left, right) => this.died[right] - this.died[left] || right - left);
  }

  /** Of all memory of the heaps but the map, where no block is live: how much, and the longest piece. */
  free() {
    let [all, largest] = [0, 0];
    for (const heap of this.heaps) {
      let run = 0;
      for (let unit = heap.offset; unit < heap.offset + heap.units; unit++) {
        const owner = this.owner[unit];
        const isTaken = owner > 0 && (this.isLiveStyle(this.style[owner - 1])
          || this.model.styles[this.style[owner - 1]][0] === 'map');
        run = isTaken ? 0 : run + heap.unitBytes;
        all += isTaken ? 0 : heap.unitBytes;
        largest = Math.max(largest, run);
      }
      all += heap.end - heap.shownEnd;
      largest = Math.max(largest, run + heap.end - heap.shownEnd);
    }
    return [all, largest];
  }
}
