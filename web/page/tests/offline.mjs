// The survey page without a network: what is entered stays, is sent once it can
// be, and is there once however often it is sent.
import { base, begin, expect, firstRun, importSample, joined, planned, run, shot, until } from './browser.mjs';

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true };
const onRecord = (p) => p.page.evaluate(async () => (await (await fetch('/api/findings?limit=100')).json()).items.map((i) => i.finding));

async function find(p, n, rating, note) {
	await p.page.getByRole('listitem').nth(n).getByRole('button').click();
	await p.page.getByRole('radio', { name: new RegExp(`^${rating} ·`) }).check();
	await p.page.getByRole('textbox', { name: 'Note about the place' }).fill(note);
	await p.page.getByRole('button', { name: /^(Keep|Change)$/ }).click();
	await p.page.getByRole('listitem').first().waitFor();
}

await run(async (person) => {
	const p = await person();
	const s = await person(phone);
	await firstRun(p);
	await importSample(p);
	await begin(p);
	await planned(p);
	await joined(p, s, 'SURVEY 1', 'surveyor');

	await s.page.goto(`${base}survey.html`);
	await s.press('button', 'Load its points');
	await s.page.getByText(/\d+ points, loaded/).waitFor();
	await s.page.evaluate(async () => void (await navigator.serviceWorker.ready));

	// Without a network the page opens, and takes three findings.
	await s.context.setOffline(true);
	await s.page.reload();
	await s.page.getByText('No connection').waitFor();
	await find(s, 0, 2, 'parked cars on both sides');
	await find(s, 1, 3, 'clearance sign missing');
	await find(s, 2, 1, 'lit at night');
	await s.page.reload();
	await until(async () => (await s.page.getByText('· waits').count()) === 3, 'three findings do not wait after the page was opened again');
	await shot(s, 'offline');
	expect((await onRecord(p)).length === 0, 'something is on record already');

	// With one, exactly three are on record.
	await s.context.setOffline(false);
	await until(async () => (await s.page.getByText('· on record').count()) === 3, 'three findings were not sent');
	expect((await onRecord(p)).length === 3, `${(await onRecord(p)).length} findings on record, not 3`);

	// The answer is lost on the way: all are sent again, and none is doubled.
	await s.page.evaluate(
		() =>
			new Promise((done, failed) => {
				const ask = indexedDB.open('outrider-survey');
				ask.onsuccess = () => {
					const t = ask.result.transaction('entries', 'readwrite');
					const all = t.objectStore('entries').getAll();
					all.onsuccess = () => all.result.forEach((e) => t.objectStore('entries').put({ ...e, state: 'waiting' }));
					t.oncomplete = () => done();
					t.onerror = () => failed(t.error);
				};
			}),
	);
	for (let i = 0; i < 3; i++) {
		await s.page.reload();
		await until(async () => (await s.page.getByText('· on record').count()) === 3, 'the repetition was not answered');
	}
	expect((await onRecord(p)).length === 3, `${(await onRecord(p)).length} findings on record after sending again, not 3`);

	// Two people see one place differently on one day: both see that.
	const there = (await onRecord(p))[0];
	const added = await p.page.evaluate(
		async (f) => {
			const finding = { kind: f.kind, rating: 4, lat: f.lat, lon: f.lon, note: 'blocked', date: f.date, expiry: f.expiry };
			const r = await fetch('/api/findings', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ findings: [{ id: crypto.randomUUID(), finding }] }) });
			return r.ok;
		},
		there,
	);
	expect(added, 'the other finding was refused');
	await s.context.setOffline(true);
	await find(s, 0, 0, 'clear again');
	await s.context.setOffline(false);
	await s.page.getByText('Somebody else found something else here on this day.').waitFor({ timeout: 15_000 });
	await shot(s, 'survey-conflict');
});
