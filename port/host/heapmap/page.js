// SPDX-License-Identifier: MIT
'use strict';

const model = JSON.parse(document.getElementById('model').textContent);
const player = new Player(model);
const byId = (id) => document.getElementById(id);
const numbers = new Intl.NumberFormat('en-US');
const figure = (value) => numbers.format(Math.round(value));
const counted = (value, unit) => `${figure(value)} ${unit}${Math.round(value) === 1 ? '' : 's'}`;
const hex = (value) => `0x${value.toString(16).padStart(8, '0')}`;
const darkScheme = window.matchMedia('(prefers-color-scheme: dark)');
const view = { lit: -1, maps: [], focus: null, isPrinting: false, milliseconds: [] };

function made(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// ---- the block's story

function when(position, seconds) {
  const time = model.hasSeconds ? `, at ${seconds.toFixed(seconds < 1 ? 6 : 3)} s` : '';
  return `by operation ${figure(model.firstPosition + position)}${time}`;
}

function siteName(site) {
  return site >= 0 ? model.sites[site].name : 'an unknown call';
}

function endOf(item) {
  const by = player.diedSite[item] >= 0 ? ` in ${siteName(player.diedSite[item])}` : '';
  return `${model.ends[player.ended[item]]}${by}, ${when(player.died[item], player.diedSeconds[item])}`;
}

function originOf(item) {
  const kind = model.kinds[player.kind[item]];
  if (!kind) {
    return '';
  }
  return `${kind} in ${siteName(player.site[item])}, ${when(player.born[item], player.bornSeconds[item])}`;
}

/** [[name, text]] of what lies in a unit of a heap. */
function storyOf(map, unit) {
  const { heap } = map;
  const owner = player.owner[heap.offset + unit];
  const address = heap.start + unit * heap.unitBytes;
  if (owner === 0) {
    const [first, end] = map.runAt(unit);
    return [['Address', hex(heap.start + first * heap.unitBytes)], ['State', model.styles[map.untouched][1]],
      ['Size', `${figure((end - first) * heap.unitBytes)} bytes shown`]];
  }
  const item = Math.abs(owner) - 1;
  const style = owner > 0 ? player.style[item] : map.freed;
  const rows = [['Address', hex(player.address[item] || player.start[item])],
    ['State', owner > 0 && player.isLiveStyle(style) ? `live, in the ${heap.name}` : `${model.styles[style][1]}, in the ${heap.name}`],
    ['Size', `${figure(player.asked[item] || player.bytes[item])} bytes${
      player.bytes[item] !== player.asked[item] && player.asked[item] ? `, ${figure(player.bytes[item])} with what it takes` : ''}`]];
  if (player.isLiveStyle(player.style[item])) {
    rows.push(['Class', model.styles[player.style[item]][1].replace('live, ', '') + ' bytes']);
  }
  if (originOf(item)) {
    rows.push(['Allocated', originOf(item)]);
  } else if (player.site[item] >= 0) {
    rows.push(['Like', model.sites[player.site[item]].name]);
  }
  if (owner < 0) {
    rows.push(['Ended', endOf(item)]);
  }
  rows.push(...(model.notes[item] || []).map(([name, text]) => [name[0].toUpperCase() + name.slice(1), text]));
  return [...rows, ...tenantRows(item, address)];
}

const TENANTS_SHOWN = 4;

function tenantRows(item) {
  const before = player.tenantsBefore(item);
  const rows = before.slice(0, TENANTS_SHOWN).map((other, index) => [index ? '' : 'Before it',
    `${counted(player.asked[other], 'byte')} at ${hex(player.address[other])}, ${originOf(other)}; ${endOf(other)}`]);
  if (before.length > TENANTS_SHOWN) {
    rows.push(['', `and ${counted(before.length - TENANTS_SHOWN, 'earlier tenant')}`]);
  }
  return rows;
}

function tell(map, unit) {
  byId('story').replaceChildren(...storyOf(map, unit).flatMap(([name, text]) => [
    made('dt', { textContent: name }), made('dd', { textContent: text })]));
}

// ---- focus, by mouse and keys

function frame(map, unit) {
  view.maps.forEach((other) => other.frame(0, 0));
  map.frame(...map.runAt(unit));
  tell(map, unit);
}

function focusOn(map, unit) {
  view.focus = [map, unit];
  frame(map, unit);
}

function showFocus() {
  if (view.focus) {
    frame(...view.focus);
  } else {
    view.maps.forEach((map) => map.frame(0, 0));
  }
}

function moved(map, unit, key) {
  const [first, end] = map.runAt(unit);
  const last = map.heap.units - 1;
  const targets = {
    ArrowLeft: first - 1, ArrowRight: end, ArrowUp: unit - map.columns, ArrowDown: unit + map.columns, Home: 0, End: last,
  };
  return key in targets ? Math.min(last, Math.max(0, targets[key])) : -1;
}

function onKey(map, event) {
  const unit = view.focus && view.focus[0] === map ? view.focus[1] : 0;
  const owner = player.owner[map.heap.offset + unit];
  const target = moved(map, unit, event.key);
  if (target >= 0) {
    focusOn(map, target);
  } else if (event.key === 'Enter' || event.key === ' ') {
    const site = owner ? player.site[Math.abs(owner) - 1] : -1;
    light(site === view.lit ? -1 : site);
  } else if (event.key === 'Escape') {
    light(-1);
  } else {
    return;
  }
  event.preventDefault();
}

function listen(map) {
  const { canvas } = map;
  const at = (event) => map.unitAt(event.offsetX, event.offsetY);
  canvas.addEventListener('mousemove', (event) => {
    if (at(event) >= 0) {
      frame(map, at(event));
    }
  });
  canvas.addEventListener('mouseleave', showFocus);
  canvas.addEventListener('click', (event) => at(event) >= 0 && focusOn(map, at(event)));
  canvas.addEventListener('focus', () => {
    if (!view.focus || view.focus[0] !== map) {
      focusOn(map, 0);
    }
  });
  canvas.addEventListener('keydown', (event) => onKey(map, event));
}

// ---- what is drawn

function scheme() {
  return darkScheme.matches && !view.isPrinting ? 'dark' : 'light';
}

function layOut() {
  for (const map of view.maps) {
    map.layOut(map.canvas.parentElement.parentElement.clientWidth, scheme());
  }
  drawSwatches();
  draw();
  showFocus();
}

function draw() {
  view.maps.forEach((map) => map.draw(view.lit));
}

function drawSwatches() {
  document.querySelectorAll('canvas.swatch').forEach((canvas, style) => {
    const tiles = new Tiles(model.styles, scheme(), 8, 8, 1);
    const context = canvas.getContext('2d');
    const image = new ImageData(new Uint8ClampedArray(tiles.pixels.buffer, 4 * tiles.offsetOf(style, 0, 0), 256), 8, 8);
    for (let x = 0; x < 32; x += 8) {
      context.putImageData(image, x, 0);
      context.putImageData(image, x, 7);
    }
  });
}

function light(site) {
  view.lit = site;
  document.querySelectorAll('#sites button').forEach((button) => {
    button.setAttribute('aria-pressed', String(Number(button.dataset.site) === site));
  });
  draw();
}

// ---- the moment

/** The cells of counts, with what they show, so that a step writes only what changes. */
function countCells(selector, countOf) {
  return [...document.querySelectorAll(selector)].map((row, index) => ({
    cells: [row.cells[1], row.cells[2]], shown: [NaN, NaN], count: () => countOf(row, index),
  }));
}

function update({ cells, shown, count }, word) {
  const counts = count();
  counts.forEach((value, index) => {
    if (value !== shown[index]) {
      shown[index] = value;
      cells[index].textContent = word(value, counts);
    }
  });
}

function showSums() {
  view.styleCells.forEach((row) => update(row, (value, [pieces]) => (pieces || value ? figure(value) : '')));
  view.siteCells.forEach((row) => update(row, figure));
  const [blocks, bytes] = player.live();
  byId('live').textContent = `${counted(blocks, 'block')}, ${counted(bytes, 'byte')} live`;
}

function showFree() {
  const [free, largest] = player.free();
  const lost = free ? Math.round(100 - 100 * largest / free) : 0;
  byId('free').textContent = `${figure(free)} bytes free, ${figure(largest)} in one piece: fragmentation ${lost} %`;
}

function seek(position) {
  const start = performance.now();
  player.seek(position);
  draw();
  if (model.kind === 'recording') {
    showSums();
    showFree();
    const part = position / Math.max(1, model.positionCount);
    byId('marker').setAttribute('x1', 1000 * part);
    byId('marker').setAttribute('x2', 1000 * part);
    byId('moment').textContent = `after operation ${figure(model.firstPosition + position)} of ${
      figure(model.firstPosition + model.positionCount)}`;
    byId('slider').value = position;
    byId('slider').setAttribute('aria-valuetext', `${byId('moment').textContent}: ${byId('live').textContent}`);
  }
  view.milliseconds.push(performance.now() - start);
  showFocus();
}

function listenToSlider() {
  let wanted = -1;
  byId('slider').addEventListener('input', (event) => {
    if (wanted < 0) {
      requestAnimationFrame(() => {
        seek(wanted);
        wanted = -1;
      });
    }
    wanted = Number(event.target.value);
  });
  byId('timeline').addEventListener('click', (event) => {
    const box = byId('timeline').getBoundingClientRect();
    seek(Math.round(model.positionCount * Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))));
  });
}

function start() {
  player.heaps.forEach((heap, index) => {
    const map = new HeapMap(player, heap, byId(`map${index}`), byId(`frame${index}`));
    view.maps.push(map);
    listen(map);
  });
  document.querySelectorAll('#sites button').forEach((button) => {
    const site = Number(button.dataset.site);
    button.addEventListener('click', () => light(view.lit === site ? -1 : site));
  });
  document.querySelectorAll('#legend tbody tr').forEach((row, style) => {
    row.hidden = !model.usedStyles.includes(style);
  });
  view.styleCells = countCells('#legend tbody tr', (row, style) => player.ofStyle(style));
  view.siteCells = countCells('#sites tr[data-site]', (row) => player.ofSite(Number(row.dataset.site)));
  layOut();
  showSums();
  if (model.kind === 'recording') {
    listenToSlider();
    seek(model.shownPosition);
  }
  darkScheme.addEventListener('change', layOut);
  window.addEventListener('resize', layOut);
  for (const [name, isPrinting] of [['beforeprint', true], ['afterprint', false]]) {
    window.addEventListener(name, () => {
      view.isPrinting = isPrinting;
      layOut();
    });
  }
}

start();
