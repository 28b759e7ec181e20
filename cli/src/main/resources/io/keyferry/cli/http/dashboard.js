/** Keeps the page at what the run tells, and tells the run what the operator wants. */

import {draw} from './plot.js';

const ASK_MILLIS = 2000;
const ANSWER_MILLIS = 5000;
const OLD_SECONDS = 15;
const TOKEN = 'keyferry-token';

const LEVELS = {
  'failed': 'Failed', 'paused': 'Paused', 'waiting': 'Waiting', 'starting': 'Starting', 'well': 'At work',
  'caught-up': 'Caught up', 'drained': 'Drained',
};
const CAUSES = {
  'ceiling': 'the ceiling of KMS requests', 'share': 'this instance’s share of KMS requests', 'throttle': 'the throttle',
  'kms-throttling': 'KMS throttling', 'replica-lag': 'replica lag', 'slot-wal': 'WAL kept for the slot',
  'lock-waits': 'lock waits', 'write-latency': 'write latency', 'paused': 'a pause',
};
const OUTCOMES = [['rewritten', 'Rewritten'], ['alreadyTarget', 'On target'], ['superseded', 'Superseded'],
  ['empty', 'Empty'], ['deadLettered', 'Dead letters']];

const numbers = new Intl.NumberFormat('en');
const clock = new Intl.DateTimeFormat(undefined, {hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23'});
const moment = new Intl.DateTimeFormat(undefined, {weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23'});

const get = id => document.getElementById(id);
let now;
let answeredAt;
let asking = false;
let shownLevel;

// ---- words and figures ----

function count(figure) {
  return numbers.format(Math.round(figure));
}

function rate(figure) {
  return figure < 10 && figure > 0 ? figure.toFixed(1) : count(figure);
}

function duration(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor(seconds % 86400 / 3600)} h`;
}

function bytes(size) {
  if (size < 2 ** 20) return `${Math.ceil(size / 1024)} KiB`;
  return size < 2 ** 30 ? `${Math.floor(size / 2 ** 20)} MiB` : `${(size / 2 ** 30).toFixed(1)} GiB`;
}

function until(seconds) {
  const end = new Date(Date.now() + seconds * 1000);
  return `about ${moment.format(end)}`;
}

function ago(seconds) {
  return seconds < 2 ? 'now' : `${duration(seconds)} ago`;
}

function percent(part, whole) {
  return whole > 0 ? Math.min(100, Math.floor(part / whole * 1000) / 10) : 100;
}

// ---- the page's parts ----

function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) made.setAttribute(key, value);
  }
  made.append(...children.filter(child => child !== undefined && child !== null));
  return made;
}

/** Only what is different is written, so that nothing that is read or selected goes away. */
function text(id, words) {
  const element = get(id);
  if (element.textContent !== words) element.textContent = words;
}

const shown = new Map();

function fill(place, data, build) {
  const key = JSON.stringify(data);
  if (shown.get(place) === key) return;
  shown.set(place, key);
  place.replaceChildren(...build(data));
}

function row(name, cells) {
  return make('tr', {}, make('th', {scope: 'row'}, name), ...cells);
}

function cell(label, words, more = '') {
  return make('td', {'data-label': label, class: `number ${more}`.trim()}, words);
}

function fact(name, figure, more, tone) {
  return make('div', {}, make('dt', {}, name), make('dd', {class: tone}, figure), more ? make('dd', {class: 'small'}, more) : undefined);
}

function item(tone, mark, spoken, name, ...paragraphs) {
  return make('li', {}, make('span', {class: `mark ${tone}`, 'aria-hidden': 'true'}, mark),
    make('strong', {}, make('span', {class: 'visually-hidden'}, `${spoken}: `), name),
    ...paragraphs.filter(words => words).map(words => make('p', {}, words)));
}

// ---- what is shown ----

/** How far it is, from the tables and from what the newest sweep found. */
function progress() {
  const tables = (now.tables ?? []).map(table => ({...table, remaining: remaining(table.table)}));
  const known = tables.filter(table => table.of !== null);
  const whole = known.reduce((sum, table) => sum + table.of, 0);
  const done = known.reduce((sum, table) => sum + doneOf(table), 0);
  const open = known.reduce((sum, table) => sum + Math.max(0, table.of - doneOf(table)), 0);
  const perSecond = rates => rates.reduce((sum, table) => sum + table.perSecond, 0);
  return {tables, whole, done, open, perSecond: perSecond(tables), knownPerSecond: perSecond(known), known: known.length};
}

function doneOf(table) {
  return table.remaining === undefined ? Math.min(table.of, table.values) : Math.max(0, table.of - table.remaining);
}

/** As the newest sweep found; undefined while none has ended. */
function remaining(table) {
  const columns = now.outside?.status?.columns.filter(column => column.column.startsWith(`${table}.`)) ?? [];
  return columns.length && columns.every(column => column.remaining !== null)
    ? columns.reduce((sum, column) => sum + column.remaining, 0)
    : undefined;
}

function showHero() {
  const {level, text: words} = now.verdict;
  get('hero').dataset.level = level;
  text('badge', LEVELS[level]);
  text('verdict-text', words);
  if (shownLevel !== level) {
    if (shownLevel) text('announced', `The migration is now: ${LEVELS[level]}`);
    shownLevel = level;
  }
  const {whole, done, open, perSecond, knownPerSecond, known, tables} = progress();
  const leftOut = tables.length - known;
  const paused = now.steering.paused;
  const drained = level === 'drained';
  const share = drained ? 100 : percent(done, whole);
  text('done', known || drained ? `${share} %` : tables.length ? count(tables.reduce((sum, table) => sum + table.values, 0)) : '–');
  text('done-of', known ? `${count(done)} of ${count(whole)} values${leftOut ? `, without ${count(leftOut)} ${leftOut === 1 ? 'table' : 'tables'} of unknown size` : ''}`
    : tables.length ? 'values; how many there are is not known' : '');
  if (drained) {
    text('left', 'nothing');
    text('left-until', 'no value is under a source key');
  } else if (!known) {
    text('left', '–');
    text('left-until', '');
  } else if (open === 0) {
    text('left', level === 'caught-up' ? 'nothing' : 'nearly done');
    text('left-until', level === 'caught-up' ? 'but what the application writes' : 'a sweep looks for what was missed');
  } else if (paused) {
    text('left', 'stands still');
    text('left-until', `${count(open)} values to go`);
  } else if (knownPerSecond < 1) {
    text('left', '–');
    text('left-until', `${count(open)} values to go`);
  } else {
    text('left', duration(open / knownPerSecond));
    text('left-until', until(open / knownPerSecond));
  }
  text('rate', tables.length ? `${rate(perSecond)}/s` : '–');
  text('rate-of', tables.length ? 'values, last minute' : '');
  text('limited', limited());
  text('until-done', now.outside?.status?.untilDone ?? 'not known yet: the migration is being looked at');
  fill(get('attention'), attention(), all => all.map(words => make('li', {}, words)));
  document.title = `${known ? `${share} % ` : ''}${LEVELS[level]} · ${now.migration} · KeyFerry`;
}

/** The run's words, without what the card of KMS tells. */
function limited() {
  const elsewhere = now.stages['stream-processor'] === undefined && /(^|; )not limited/.test(now.pace ?? '');
  if (!now.pace || elsewhere) return now.outside?.status?.limitedBy ?? 'not known yet';
  const parts = now.pace.split('; ').filter(part => !part.includes('KMS requests, '));
  return parts.join('; ').replace(/^limited by /, '').replace(/^not limited/, 'nothing');
}

function attention() {
  const found = [];
  const slot = now.outside?.status?.slot;
  if (slot?.lost) found.push(`The server has given up slot ${slot.name}: changes have been missed, and the tables must be read again.`);
  if (slot && now.limits.maxSlotWal && slot.retainedBytes > now.limits.maxSlotWal) {
    found.push(`The server keeps ${bytes(slot.retainedBytes)} of WAL for the slot, more than limits.maxSlotWal (${bytes(now.limits.maxSlotWal)}). Its disk may fill.`);
  }
  const dead = (now.tables ?? []).reduce((sum, table) => sum + table.deadLettered, 0);
  if (dead) found.push(`${count(dead)} ${dead === 1 ? 'value' : 'values'} could not be moved: the reasons and their cures are under Dead letters.`);
  const recent = samples().slice(-12);
  const asked = recent.reduce((sum, sample) => sum + sample.requests, 0);
  const throttled = recent.reduce((sum, sample) => sum + sample.throttled, 0);
  if (throttled > 0.05 * asked) found.push(`KMS throttles ${Math.round(throttled / asked * 100)} % of this run’s requests, and may throttle the application too: lower the rate with Throttle….`);
  if (now.trouble) found.push(now.trouble);
  return found;
}

function samples() {
  return (now.history?.samples ?? []).map(([at, values, reEncrypted, requests, throttled, ceiling, limitedBy]) =>
    ({at, values, reEncrypted, requests, throttled, ceiling, limitedBy}));
}

function showTables() {
  const {tables} = progress();
  fill(get('tables').tBodies[0], tables.map(({table, values, of, perSecond, secondsLeft, remaining}) =>
    ({table, values, of, perSecond, secondsLeft, remaining, paused: now.steering.paused})), all => all.map(table => {
      const done = table.of === null ? undefined : percent(doneOf(table), table.of);
      const bar = done === undefined
        ? make('span', {}, 'how many values there are is not known')
        : make('div', {class: 'bar'}, make('progress', {max: 100, value: done, 'aria-label': `${table.table}: ${done} % done`}), make('span', {}, `${done} %`));
      return row(table.table, [
        make('td', {class: 'full'}, bar),
        cell('Values', table.of === null ? count(table.values) : `${count(table.values)} of ${count(table.of)}`),
        cell('A second', rate(table.perSecond)),
        cell('Time left', leftOf(table, done)),
      ]);
    }));
}

function leftOf(table, done) {
  if (table.remaining === 0) return 'none remains';
  if (table.remaining > 0) return `${count(table.remaining)} remain`;
  if (table.paused && done < 100) return 'paused';
  return table.secondsLeft === null ? done === 100 ? 'being swept' : '–' : duration(table.secondsLeft);
}

function showRate() {
  const all = samples();
  const last = all.at(-1);
  const caption = sample => `${clock.format(sample.at * 1000)}: ${rate(sample.values)} values/s, ${rate(sample.reEncrypted)}/s re-encrypted, `
    + `${count(sample.ceiling)} requests/s allowed; ${sample.limitedBy ? `limited by ${CAUSES[sample.limitedBy] ?? sample.limitedBy}` : 'not limited'}`;
  plot('rate', {
    samples: all,
    everySeconds: now.history?.everySeconds ?? 5,
    unit: 'a second',
    lines: [{key: 'values', style: 'first'}, {key: 'reEncrypted', style: 'second'}],
    limit: {key: 'ceiling', name: 'allowed'},
    strip: true,
    summary: last ? `Rate of the last hour. Now ${caption(last)}.` : 'Rate of the last hour: nothing yet.',
  }, caption, [['first', 'values with an outcome'], ['second', 'values re-encrypted by KMS'], ['limit', 'KMS requests allowed'], ...causes(all)]);
}

/** What limited it, and for how much of the time. */
function causes(all) {
  const counted = new Map();
  all.filter(sample => sample.limitedBy).forEach(sample => counted.set(sample.limitedBy, (counted.get(sample.limitedBy) ?? 0) + 1));
  return [...counted].sort((one, other) => other[1] - one[1]).map(([cause, times]) =>
    [`block limit-${cause}`, `limited by ${CAUSES[cause] ?? cause}: ${Math.max(1, Math.round(times / all.length * 100))} % of the time`]);
}

function showKms() {
  const kms = now.kms;
  if (!kms) return;
  const all = samples();
  const last = all.at(-1);
  const recent = all.slice(-60);
  const throttled = recent.reduce((sum, sample) => sum + sample.throttled, 0);
  const asked = recent.reduce((sum, sample) => sum + sample.requests, 0);
  fill(get('kms'), {kms, last, throttled, asked}, () => [
    fact('Requests', count(kms.requests), `${count(kms.inFlight)} in flight`),
    fact('A second', last ? rate(last.requests) : '–', `at most ${rate(kms.ratePerSecond)}`),
    fact('Throttled', count(kms.throttled), throttled > 0 ? `${(throttled / asked * 100).toFixed(1)} % of late` : 'none of late', throttled > 0.05 * asked ? 'warn' : undefined),
    fact('Failed', count(kms.failed), 'refused values too'),
  ]);
  const caption = sample => `${clock.format(sample.at * 1000)}: ${rate(sample.requests)} requests/s, ${rate(sample.throttled)} of them throttled`;
  plot('kms', {
    samples: all,
    everySeconds: now.history?.everySeconds ?? 5,
    unit: 'requests a second',
    lines: [{key: 'requests', style: 'first'}, {key: 'throttled', style: 'second'}],
    summary: last ? `KMS requests of the last hour. Now ${caption(last)}.` : 'KMS requests of the last hour: nothing yet.',
  }, caption, [['first', 'requests'], ['second', 'throttled by KMS']]);
}

function plot(name, what, caption, legend) {
  const place = get(`${name}-plot`);
  const figcaption = get(`${name}-caption`);
  const last = what.samples.at(-1);
  const tell = sample => {
    place.dataset.pointed = sample ? 'yes' : '';
    figcaption.textContent = sample ? caption(sample) : last ? caption(last) : '';
  };
  const key = JSON.stringify([last?.at, what.samples.length, place.clientWidth]);
  if (shown.get(place) === key) return;
  // what is pointed at stays until the pointer leaves
  if (place.dataset.pointed) return;
  shown.set(place, key);
  draw(place, what, tell);
  tell();
  let list = place.nextElementSibling;
  if (!list.matches('.legend')) {
    list = make('ul', {class: 'legend'});
    place.after(list);
  }
  fill(list, legend, all => all.map(([style, words]) => make('li', {}, make('span', {class: `key ${style}`, 'aria-hidden': 'true'}), words)));
}

function showOutcomes() {
  const status = now.outside?.status;
  text('outcomes-note', !status ? 'Not known yet.'
    : status.sweep ? `Remaining: as sweep ${status.sweep.number} found, which ended ${ago(Math.max(0, (Date.now() - Date.parse(status.sweep.ended)) / 1000))}. Of the whole migration since it began.`
      : 'Of the whole migration since it began. What remains is known once a sweep has ended.');
  fill(get('outcomes').tBodies[0], status?.columns ?? [], columns => columns.map(column => row(column.column, [
    cell('Seen', count(column.values)),
    ...OUTCOMES.map(([outcome, label]) => cell(label, count(column.outcomes[outcome]),
      outcome === 'deadLettered' && column.outcomes[outcome] ? 'warn' : column.outcomes[outcome] ? '' : 'zero')),
    cell('Remaining', column.remaining === null ? '?' : count(column.remaining)),
  ])));
}

function showLag() {
  const status = now.outside?.status;
  text('lag-note', status?.slotTrouble ?? '');
  const slot = status?.slot;
  const age = group => group.oldest ? `, the oldest ${duration(Math.max(0, (Date.parse(now.outside.at) - Date.parse(group.oldest)) / 1000))} old` : '';
  fill(get('lag'), {status: [status?.streamProcessor, status?.sink], slot, at: now.outside?.at}, () => status ? [
    fact('Changes to read', count(status.streamProcessor.behind), `by the stream-processor${age(status.streamProcessor)}`),
    fact('Rewrites to apply', count(status.sink.behind), `by the sink${age(status.sink)}`),
    ...(slot ? [fact('WAL not handed on', bytes(slot.behindBytes), slot.active ? 'the slot is read' : 'the slot is read by nobody', slot.active ? undefined : 'warn')] : []),
  ] : []);
  const limit = now.limits.maxSlotWal;
  get('wal').hidden = !slot;
  text('wal-label', slot ? `${bytes(slot.retainedBytes)} of WAL kept for slot ${slot.name}${limit ? `; limit ${bytes(limit)}` : ''}`
    : status && !status.slotTrouble ? 'There is no replication slot yet.' : '');
  if (slot) {
    const most = limit ?? Math.max(slot.retainedBytes, 2 ** 30);
    Object.assign(get('wal'), {max: most, low: most * 0.6, high: most * 0.9, optimum: 0, value: Math.min(most, slot.retainedBytes)});
  }
}

function showStages() {
  const status = now.outside?.status;
  const members = {'stream-processor': status?.streamProcessor?.members, 'sink': status?.sink?.members};
  fill(get('stages'), {stages: now.stages, members}, () => Object.entries(now.stages).map(([name, stage]) => {
    const tone = !stage.live ? ['bad', '✕', 'failed'] : stage.ready ? ['good', '✓', 'well'] : ['wait', '…', 'waits'];
    const wherever = members[name]?.length;
    return item(...tone, name, stage.detail, wherever > 1 ? `${wherever} members of its group at work, wherever they run` : undefined);
  }));
}

function showLetters() {
  const letters = now.outside?.deadLetters;
  text('letters-note', !letters ? 'Not known yet.'
    : !letters.complete ? `${count(letters.letters)} read so far; there are more.`
      : letters.letters ? `${count(letters.letters)} in all, as written; the rows may have changed since. keyferry dead-letters list looks at them.`
        : 'None: every value that was seen could be moved, or needed no move.');
  fill(get('letters'), letters?.groups ?? [], groups => groups.map(group =>
    item('bad', '!', 'dead letters', `${group.reason}${group.column ? ` · ${group.column}` : ''} · ${count(group.letters)}`, `Cure: ${group.cure}`)));
}

function showReadiness() {
  const readiness = now.outside?.readiness;
  get('readiness-card').hidden = !readiness;
  if (!readiness) return;
  const done = readiness.filter(one => one.state === 'done').length;
  text('readiness-note', `${done} of ${readiness.length} are so, as far as a run knows; keyferry report looks at more, and gives the verdict.`);
  const tones = {'done': ['good', '✓', 'done'], 'not-yet': ['wait', '○', 'not yet'], 'unknown': ['rest', '?', 'not known']};
  fill(get('readiness'), readiness, all => all.map(one => item(...tones[one.state], one.name, one.text)));
}

function showSteering() {
  const steering = now.steering;
  get('pause').hidden = steering.paused;
  get('resume').hidden = !steering.paused;
}

function show() {
  get('login').hidden = true;
  get('figures').hidden = false;
  text('migration', now.migration);
  [showHero, showSteering, showTables, showRate, showOutcomes, showKms, showLag, showStages, showLetters, showReadiness].forEach(part => part());
  text('about', `KeyFerry ${now.version}. Figures are of the whole migration where nothing else is said.`);
  showAge();
}

/** Says when what is shown is no longer so. */
function showAge() {
  if (!answeredAt) return;
  const silent = (Date.now() - answeredAt) / 1000;
  const seconds = stamp => stamp ? (Date.parse(now.at) - Date.parse(stamp)) / 1000 + silent : 0;
  const figures = seconds(now.figuresAt);
  const outside = seconds(now.outside?.at);
  let age = 'fresh';
  let words = '';
  if (silent > 8) {
    age = 'gone';
    words = `The run has not answered since ${clock.format(answeredAt)}: it has ended, or cannot be reached. What stands here is from then.`;
  } else if (figures > OLD_SECONDS) {
    age = 'old';
    words = `The run answers, but its figures are ${duration(figures)} old.`;
  } else if (now.outside?.trouble) {
    age = 'old';
    words = `Kafka or the database could not be asked${now.outside.at ? `; outcomes, lag and dead letters are ${duration(outside)} old` : ''}: ${now.outside.trouble}`;
  } else if (outside > OLD_SECONDS) {
    age = 'old';
    words = `Kafka or the database does not answer: outcomes, lag and dead letters are ${duration(outside)} old.`;
  }
  document.body.dataset.age = age;
  text('fresh-text', age === 'gone' ? `no answer since ${clock.format(answeredAt)}` : `as of ${clock.format(Date.parse(now.figuresAt ?? now.at))}`);
  get('banner').hidden = !words;
  // the seconds go on counting: a screen reader hears only that it has become old
  if (get('banner').dataset.age !== age || !get('banner').textContent) text('banner', words);
  get('banner').dataset.age = age;
}

// ---- asking and telling ----

function headers() {
  const token = sessionStorage.getItem(TOKEN);
  return token ? {Authorization: `Bearer ${token}`} : {};
}

/** False where no header can carry it, so that it is none. */
function keep(token) {
  if (!/^[\x21-\x7e]+$/.test(token)) return false;
  sessionStorage.setItem(TOKEN, token);
  return true;
}

async function ask() {
  if (asking) return;
  asking = true;
  try {
    const answer = await fetch('api/status', {headers: headers(), signal: AbortSignal.timeout(ANSWER_MILLIS), cache: 'no-store'});
    if (answer.status === 401) {
      await askForToken(answer);
    } else if (answer.ok) {
      now = await answer.json();
      answeredAt = Date.now();
      show();
    } else {
      notAnswered((await answer.json().catch(() => ({}))).error ?? `The run answers with status ${answer.status}.`);
    }
  } catch (e) {
    if (e.name !== 'TypeError' && e.name !== 'TimeoutError' && e.name !== 'AbortError') throw e;
    notAnswered('The run does not answer: it has ended, or cannot be reached.');
  } finally {
    asking = false;
    if (now) showAge();
  }
}

function notAnswered(words) {
  if (answeredAt) return;
  document.body.dataset.age = 'gone';
  text('fresh-text', 'no answer');
  get('banner').hidden = false;
  text('banner', words);
}

async function askForToken(answer) {
  const {error} = await answer.json();
  const given = sessionStorage.getItem(TOKEN);
  sessionStorage.removeItem(TOKEN);
  get('figures').hidden = true;
  get('login').hidden = false;
  text('fresh-text', 'waits for the token');
  if (given || error.includes('without a token')) text('login-error', error);
}

get('login-form').addEventListener('submit', event => {
  event.preventDefault();
  text('login-error', '');
  if (keep(get('login-token').value.trim())) ask();
  else text('login-error', 'This is not the dashboard’s token.');
  get('login-token').value = '';
});

const ACTIONS = {
  pause: {
    title: () => `Pause ${now.migration}?`,
    confirm: 'Pause',
    words: () => {
      const slot = now.outside?.status?.slot;
      return 'Every stage stands still, wherever it runs, also after a restart, until somebody resumes it. What has been begun is finished first. '
        + `The server keeps WAL for the slot meanwhile${slot ? `: ${bytes(slot.retainedBytes)} now` : ''}.`;
    },
  },
  resume: {
    title: () => `Resume ${now.migration}?`,
    confirm: 'Resume',
    words: () => `Every stage goes on where it stopped, wherever it runs, with at most ${count(now.steering.maxRequestsPerSecond)} requests to KMS a second. `
      + `It is paused by ${now.steering.pausedBy} since ${moment.format(Date.parse(now.steering.pausedAt))}.`,
  },
  throttle: {
    title: () => `Throttle ${now.migration}?`,
    confirm: 'Throttle',
    words: () => {
      const configured = now.steering.configuredRequestsPerSecond;
      if (get('off').checked) return `All instances together may make ${count(configured)} requests to KMS a second again, as migration.yaml says.`;
      const wanted = get('requests').valueAsNumber;
      if (!(wanted >= 1)) return 'To make no requests at all, pause instead.';
      return wanted < configured
        ? `All instances together will make at most ${count(wanted)} requests to KMS a second, at once and after a restart too, instead of ${count(configured)}.`
        : `This changes nothing: migration.yaml allows ${count(configured)} requests a second, which a throttle does not raise.`;
    },
    body: () => JSON.stringify({maxRequestsPerSecond: get('off').checked ? null : get('requests').valueAsNumber}),
  },
};
let action;

function open(name) {
  action = name;
  const throttled = now.steering.throttledBy !== undefined;
  get('throttle-fields').hidden = name !== 'throttle';
  get('requests').required = name === 'throttle';
  get('requests').disabled = name !== 'throttle';
  get('requests').value = Math.max(1, Math.floor(now.steering.maxRequestsPerSecond / 2));
  get('off').checked = false;
  get('off-label').hidden = !throttled;
  get('token-fields').hidden = sessionStorage.getItem(TOKEN) !== null;
  get('token').value = '';
  text('dialog-title', ACTIONS[name].title());
  text('confirm', ACTIONS[name].confirm);
  text('dialog-text', ACTIONS[name].words());
  text('dialog-error', '');
  get('dialog').showModal();
}

for (const name of Object.keys(ACTIONS)) get(name).addEventListener('click', () => open(name));
get('cancel').addEventListener('click', () => get('dialog').close());
get('throttle-fields').addEventListener('input', () => {
  get('requests').disabled = get('off').checked;
  text('dialog-text', ACTIONS.throttle.words());
});

get('dialog-form').addEventListener('submit', async event => {
  event.preventDefault();
  if (!get('token-fields').hidden) {
    if (!keep(get('token').value.trim())) {
      text('dialog-error', 'This needs the token of this run.');
      get('token').focus();
      return;
    }
  }
  get('confirm').disabled = true;
  text('dialog-error', '');
  try {
    await tell(action);
  } finally {
    get('confirm').disabled = false;
  }
});

async function tell(name) {
  let answer;
  let told;
  try {
    answer = await fetch(`api/${name}`, {method: 'POST', headers: {...headers(), 'Content-Type': 'application/json'}, body: ACTIONS[name].body?.()});
    told = await answer.json();
  } catch (e) {
    text('dialog-error', 'The run did not answer: whether it was told is not known. See what this page shows, and try again.');
    return;
  }
  if (answer.ok) {
    get('dialog').close();
    text('feedback', `${clock.format(new Date())} ${told.told}`);
    setTimeout(ask, 700);
    return;
  }
  if (answer.status === 401) {
    sessionStorage.removeItem(TOKEN);
    get('token-fields').hidden = false;
    get('token').value = '';
    get('token').focus();
  }
  text('dialog-error', told.error);
}

// ---- going on ----

new ResizeObserver(() => now && !get('figures').hidden && [showRate, showKms].forEach(part => part())).observe(get('content'));
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && ask());
setInterval(() => {
  if (document.visibilityState === 'visible' && get('login').hidden) ask();
  if (now) showAge();
}, ASK_MILLIS);
ask();
