/** Draws rates over time as SVG: axes with units, lines, a limit, and a strip that says what limited them. */

const SVG = 'http://www.w3.org/2000/svg';
const HEIGHT = 230;
const MARGIN = {top: 22, right: 12, bottom: 24, left: 46};
const STRIP = 10;

const number = new Intl.NumberFormat('en');
const clock = new Intl.DateTimeFormat(undefined, {hour: '2-digit', minute: '2-digit', hourCycle: 'h23'});

function element(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A number that the axis may end at: 1, 2 or 5 and zeros, at least as large. */
function round(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 2.5, 5, 10].map(step => step * power).find(step => step >= least);
}

/** Times for the axis: whole minutes, as many as fit. */
function times(from, to, width) {
  const most = Math.max(2, Math.floor(width / 90));
  const step = [60, 120, 300, 600, 900, 1200, 1800].find(seconds => (to - from) / seconds <= most) ?? 3600;
  const found = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) found.push(at);
  return found;
}

/** Stretches without a hole: where the run was not there, no line is drawn. */
function stretches(samples, every) {
  const all = [];
  for (const sample of samples) {
    const last = all.at(-1);
    if (last && sample.at - last.at(-1).at <= 3 * every) last.push(sample);
    else all.push([sample]);
  }
  return all;
}

/**
 * @param place the element that it is drawn into
 * @param plot samples ({at, limitedBy, and a number for each line}), everySeconds, lines ([{key, name, style}]),
 *   limit ({key, name}, may be missing), strip (whether to say what limited), unit, summary
 * @param tell is called with the sample under the pointer, or nothing
 */
export function draw(place, plot, tell) {
  const width = Math.max(280, place.clientWidth);
  const svg = element('svg', {width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: 'img', 'aria-label': plot.summary});
  const samples = plot.samples;
  if (samples.length < 2) {
    svg.append(element('text', {x: width / 2, y: HEIGHT / 2, 'text-anchor': 'middle', class: 'empty'},
      'The first figures come within seconds.'));
    place.replaceChildren(svg);
    return;
  }
  const to = samples.at(-1).at;
  const from = Math.max(to - 3600, Math.min(samples[0].at, to - 120));
  const highest = Math.max(1, ...samples.flatMap(sample => plot.lines.map(line => sample[line.key])));
  const limits = plot.limit ? samples.map(sample => sample[plot.limit.key]) : [];
  const near = limits.filter(limit => limit <= 2.5 * highest);
  const top = round(1.08 * Math.max(highest, ...near));
  const bottom = HEIGHT - MARGIN.bottom - (plot.strip ? STRIP + 4 : 0);
  const x = at => MARGIN.left + (at - from) / (to - from) * (width - MARGIN.left - MARGIN.right);
  const y = rate => bottom - Math.min(1, rate / top) * (bottom - MARGIN.top);

  svg.append(element('text', {x: 0, y: 12}, plot.unit));
  for (let part = 0; part <= 4; part++) {
    const rate = top * part / 4;
    svg.append(
      element('line', {x1: MARGIN.left, x2: width - MARGIN.right, y1: y(rate), y2: y(rate), class: part ? 'grid' : 'axis'}),
      element('text', {x: MARGIN.left - 8, y: y(rate) + 4, 'text-anchor': 'end'}, number.format(rate)));
  }
  for (const at of times(from, to, width)) {
    svg.append(element('text', {x: Math.min(x(at), width - 18), y: HEIGHT - 6, 'text-anchor': 'middle'}, clock.format(at * 1000)));
  }
  for (const stretch of stretches(samples, plot.everySeconds)) {
    const path = key => stretch.map((sample, n) => `${n ? 'L' : 'M'}${x(sample.at).toFixed(1)} ${y(sample[key]).toFixed(1)}`).join('');
    const first = plot.lines[0];
    svg.append(element('path', {class: 'area', d: `${path(first.key)}L${x(stretch.at(-1).at).toFixed(1)} ${bottom}L${x(stretch[0].at).toFixed(1)} ${bottom}Z`}));
    for (const line of [...plot.lines].reverse()) svg.append(element('path', {class: line.style, d: path(line.key)}));
    if (plot.limit && near.length) {
      svg.append(element('path', {class: 'limit', d: stretch.map((sample, n) => {
        const height = y(sample[plot.limit.key]).toFixed(1);
        return n ? `H${x(sample.at).toFixed(1)}V${height}` : `M${x(sample.at).toFixed(1)} ${height}`;
      }).join('')}));
    }
  }
  if (plot.limit && !near.length) {
    svg.append(element('text', {x: width - MARGIN.right, y: 12, 'text-anchor': 'end'},
      `${plot.limit.name} ${number.format(limits.at(-1))}/s, above ↑`));
  }
  if (plot.strip) strip(svg, samples, plot.everySeconds, x, bottom + 4, from);
  follow(svg, samples, x, bottom, tell);
  place.replaceChildren(svg);
}

/** Neighbours with the same limit are one piece. */
function strip(svg, samples, every, x, y, from) {
  let begun = 0;
  samples.forEach((sample, n) => {
    const next = samples[n + 1];
    if (next && next.limitedBy === sample.limitedBy && next.at - sample.at <= 3 * every) return;
    if (sample.limitedBy) {
      const left = x(Math.max(from, samples[begun].at - every));
      svg.append(element('rect', {x: left, y, width: Math.max(1, x(sample.at) - left), height: STRIP, rx: 2, class: `limit-${sample.limitedBy}`}));
    }
    begun = n + 1;
  });
}

function follow(svg, samples, x, bottom, tell) {
  const cursor = element('line', {class: 'cursor', y1: MARGIN.top, y2: bottom, visibility: 'hidden'});
  svg.append(cursor);
  svg.addEventListener('pointermove', event => {
    const at = event.clientX - svg.getBoundingClientRect().left;
    const nearest = samples.reduce((best, sample) => Math.abs(x(sample.at) - at) < Math.abs(x(best.at) - at) ? sample : best);
    cursor.setAttribute('x1', x(nearest.at));
    cursor.setAttribute('x2', x(nearest.at));
    cursor.setAttribute('visibility', 'visible');
    tell(nearest);
  });
  svg.addEventListener('pointerleave', () => {
    cursor.setAttribute('visibility', 'hidden');
    tell();
  });
}
