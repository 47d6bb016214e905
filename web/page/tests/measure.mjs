// What docs/page.md says of the page: from input to painted line, the first map,
// a pan against a page that has nothing but a map, the size of the script. Figures
// are printed; nothing fails for being slow.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { base, begin, firstRun, importSample, launch, mapIdle, person, planned } from './browser.mjs';

const closures = 100;
const opened = 10;
const panned = 10_000;

const sorted = (a) => [...a].sort((x, y) => x - y);
const at = (a, share) => sorted(a)[Math.min(a.length - 1, Math.ceil(a.length * share) - 1)];

// A generator with a seed: the same closures in every run.
let seed = 20261124;
const random = () => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32);

// In the page: keeps the map, and the time at which a line that came after a given
// time was painted with nothing left to do.
const watch = () => {
	addEventListener('chart', (e) => {
		const chart = (window.chart = e.detail);
		let fresh = 0;
		let at = 0;
		chart.on('data', (d) => {
			if (d.sourceId !== 'lines' || d.sourceDataType === 'metadata') return;
			fresh = performance.now();
			at = 0;
		});
		// The first picture that has all of the line.
		chart.on('render', () => {
			if (at === 0 && chart.isSourceLoaded('lines')) at = performance.now();
		});
		chart.on('idle', () => {
			window.firstIdle ??= performance.now();
			window.painted = { fresh, at };
		});
	});
	addEventListener('keydown', (e) => e.key === 'Enter' && (window.entered = performance.now()), true);
};

async function line(p) {
	const took = [];
	const answered = [];
	let drawn = [];
	p.page.on('response', async (r) => {
		if (r.url().endsWith('/sketch') && r.ok()) drawn = (await r.json().catch(() => null))?.legs[0]?.line ?? drawn;
	});
	await p.page.getByRole('tab', { name: 'Route', exact: true }).click();
	const field = p.page.getByRole('combobox', { name: 'Close the road at' });
	await p.page.getByRole('button', { name: 'Undo' }).click();
	await p.page.getByRole('button', { name: 'Redo' }).click();
	await p.page.waitForTimeout(1500);
	const whole = drawn;
	const used = new Set();
	while (took.length < closures) {
		const i = 1 + Math.floor(random() * (whole.length - 2));
		if (used.has(i)) continue;
		used.add(i);
		const [x0, y0] = whole[i - 1];
		const [x1, y1] = whole[i];
		const t = random();
		await field.fill(`${(y0 + t * (y1 - y0)).toFixed(6)},${(x0 + t * (x1 - x0)).toFixed(6)}`);
		await p.page.getByRole('listbox', { name: 'Close the road at' }).getByRole('option').first().waitFor();
		const answer = p.page.waitForResponse((r) => r.url().endsWith('/sketch'));
		await field.press('Enter');
		const ok = (await answer).ok();
		const [paint, asked] = await p.page.evaluate(
			() =>
				new Promise((done) => {
					const look = () => {
						const e = performance.getEntriesByType('resource').filter((r) => r.name.endsWith('/sketch')).at(-1);
						if (e && e.responseEnd > 0 && e.startTime >= window.entered && window.painted.fresh >= e.responseEnd) done([window.painted.at - window.entered, e.responseEnd - window.entered]);
						else requestAnimationFrame(look);
					};
					setTimeout(() => done([NaN, NaN]), 8000);
					look();
				}),
		);
		await p.page.evaluate(() => performance.clearResourceTimings());
		// A closure of the only road to a place leaves no line to paint.
		if (ok && !Number.isNaN(paint)) {
			took.push(paint);
			answered.push(asked);
		}
		const back = p.page.waitForResponse((r) => r.url().endsWith('/sketch'));
		await p.page.getByRole('button', { name: 'Undo' }).click();
		await back;
		await p.page.waitForTimeout(120);
	}
	console.log(`line, ${took.length} closures, from Enter to painted: median ${at(took, 0.5).toFixed(0)} ms, p95 ${at(took, 0.95).toFixed(0)} ms, most ${at(took, 1).toFixed(0)} ms; answer of the server: median ${at(answered, 0.5).toFixed(0)} ms, p95 ${at(answered, 0.95).toFixed(0)} ms`);
}

async function firstMap(browser, p) {
	const cookies = await p.context.cookies();
	const took = [];
	const roads = [];
	for (let i = 0; i < opened; i++) {
		const context = await browser.newContext({ viewport: { width: 1366, height: 768 } });
		await context.addCookies(cookies);
		const page = await context.newPage();
		await page.addInitScript(watch);
		await page.goto(p.page.url());
		await page.waitForFunction(() => window.firstIdle, undefined, { timeout: 60_000 });
		took.push(await page.evaluate(() => window.firstIdle));
		roads.push(await page.evaluate(() => window.chart.queryRenderedFeatures({ layers: window.chart.getStyle().layers.map((l) => l.id).filter((l) => /^road-.*[^g]$/.test(l) && !/name|ref|casing/.test(l)) }).length));
		await context.close();
	}
	console.log(`first map, ${opened} times with an empty cache: median ${at(took, 0.5).toFixed(0)} ms, most ${at(took, 1).toFixed(0)} ms; road features drawn: at least ${Math.min(...roads)}`);
}

// pan moves the map for ten seconds and says how long the page was busy, and how
// long it was blocked by tasks of more than 50 ms.
async function pan(page, cdp) {
	await cdp.send('Performance.enable');
	const busy = async () => (await cdp.send('Performance.getMetrics')).metrics.find((m) => m.name === 'TaskDuration').value;
	const before = await busy();
	const said = await page.evaluate(
		(ms) =>
			new Promise((done) => {
				const chart = window.chart;
				chart.jumpTo({ center: [-75.6, 39.45], zoom: 12 });
				let blocked = 0;
				let frames = 0;
				const tasks = new PerformanceObserver((l) => l.getEntries().forEach((e) => (blocked += e.duration - 50)));
				tasks.observe({ type: 'longtask' });
				const began = performance.now();
				const step = (now) => {
					const t = now - began;
					if (t > ms) {
						tasks.disconnect();
						done({ blocked, frames });
						return;
					}
					frames++;
					// A loop of some kilometres, the same at every speed of drawing.
					const a = (2 * Math.PI * t) / 5000;
					chart.jumpTo({ center: [-75.6 + 0.09 * Math.sin(a), 39.45 + 0.07 * Math.cos(a)] });
					requestAnimationFrame(step);
				};
				requestAnimationFrame(step);
			}),
		panned,
	);
	return { ...said, busy: 1000 * ((await busy()) - before) };
}

const bare = (style) => `<!doctype html><html><head><link rel="stylesheet" href="/bare/maplibre-gl.css"></head><body style="margin:0"><div id="map" style="width:906px;height:724px"></div>
<script type="module">import * as m from '/bare/maplibre-gl.mjs'; m.setWorkerUrl('/bare/maplibre-gl-worker.mjs');
window.chart = new m.Map({ container: 'map', style: ${JSON.stringify(style)}, center: [-75.6, 39.45], zoom: 12, fadeDuration: 0, attributionControl: false }); window.chart.once('idle', () => (window.firstIdle = 1));</script></body></html>`;

async function pans(p) {
	await p.page.getByRole('tab', { name: 'Route set', exact: true }).click();
	await p.page.waitForTimeout(1500);
	const style = await p.page.evaluate(() => window.chart.getStyle());
	const ours = await pan(p.page, p.cdp);
	const own = new Set(['areas', 'lines', 'points']);
	const ground = { ...style, sources: { ground: style.sources.ground }, layers: style.layers.filter((l) => !own.has(l.source)) };
	const empty = { version: 8, sources: {}, layers: [{ id: 'land', type: 'background', paint: { 'background-color': '#eef0ec' } }] };
	for (const [name, s] of [['with the same ground', ground], ['with nothing in it', empty]]) {
		const page = await p.context.newPage();
		const cdp = await p.context.newCDPSession(page);
		await page.route('**/bare/**', (r) => {
			const file = new URL(r.request().url()).pathname.split('/').at(-1);
			if (file === 'index.html') void r.fulfill({ contentType: 'text/html', body: bare(s) });
			else void r.fulfill({ contentType: file.endsWith('.css') ? 'text/css' : 'text/javascript', body: readFileSync(new URL(`../node_modules/maplibre-gl/dist/${file}`, import.meta.url)) });
		});
		await page.goto(`${base}bare/index.html`);
		await page.waitForFunction(() => window.firstIdle, undefined, { timeout: 30_000 });
		const theirs = await pan(page, cdp);
		const times = (a, b) => (b > 0 ? (a / b).toFixed(2) : '-');
		console.log(`pan of ${panned / 1000} s against a page of MapLibre ${name}: busy ${ours.busy.toFixed(0)} against ${theirs.busy.toFixed(0)} ms, ${times(ours.busy, theirs.busy)} times; blocked ${ours.blocked.toFixed(0)} against ${theirs.blocked.toFixed(0)} ms, ${times(ours.blocked, theirs.blocked)} times; ${ours.frames} against ${theirs.frames} frames`);
		await page.close();
	}
}

function size() {
	const dist = new URL('../../dist/', import.meta.url);
	let sum = 0;
	for (const f of readdirSync(dist, { recursive: true })) if (/\.m?js$/.test(f)) sum += gzipSync(readFileSync(new URL(f, dist)), { level: 9 }).length;
	console.log(`script: ${(sum / 1000).toFixed(1)} kB, compressed by gzip`);
}

const browser = await launch();
try {
	size();
	const p = await person(browser);
	await p.page.addInitScript(watch);
	await firstRun(p);
	await importSample(p);
	await begin(p);
	await mapIdle(p.page);
	await p.page.waitForTimeout(1000);
	await line(p);
	await p.press('tab', 'Movement');
	await firstMap(browser, p);
	await planned(p);
	await pans(p);
} finally {
	await browser.close();
}
