// Two people save the same movement: the second hears of the first and nothing is
// overwritten.
import { begin, expect, firstRun, importSample, joined, run, shot, until } from './browser.mjs';

const stored = (p) => p.page.evaluate(async () => (await fetch(`/api/movements/${location.hash.split('/')[2]}`)).json());

async function cover(p, name) {
	await p.enter('textbox', 'Cover name', name, 'Tab');
}

await run(async (person) => {
	const p = await person();
	const q = await person();
	await firstRun(p);
	await importSample(p);
	await begin(p);
	await joined(p, q, 'PLAN 2', 'planner');
	await q.page.getByRole('row').filter({ hasText: 'planner' }).getByRole('button').click();
	await q.page.getByText(/Line drawn: \d+ ms/).waitFor();

	await cover(p, 'FIRST');
	await cover(q, 'SECOND');
	const answers = [];
	q.page.on('response', (r) => r.request().method() === 'PUT' && answers.push(r.status()));
	await p.press('button', 'Save');
	await p.page.getByRole('button', { name: 'Saved' }).waitFor();
	await q.press('button', 'Save');
	const dialog = q.page.getByRole('dialog', { name: 'Somebody else saved meanwhile' });
	await dialog.waitFor();
	expect(answers.join() === '412', `the second save was answered with ${answers}`);
	const row = await dialog.getByRole('row').filter({ hasText: 'Cover name' }).textContent();
	expect(/SECOND\s*FIRST/.test(row), `both are not shown: ${row}`);
	expect((await stored(p)).document.cover_name === 'FIRST', 'the first was overwritten');
	await shot(q, 'two-editors');

	// Deciding later keeps what was entered, and the next save meets the same.
	await dialog.getByRole('button', { name: 'Decide later' }).click();
	expect((await q.page.getByRole('textbox', { name: 'Cover name' }).inputValue()) === 'SECOND', 'what was entered is gone');
	await q.page.keyboard.press('Control+s');
	await dialog.waitFor();
	expect((await stored(p)).document.cover_name === 'FIRST', 'the first was overwritten');

	// Theirs is taken, and undo brings one's own back.
	await dialog.getByRole('button', { name: 'Take theirs' }).click();
	await until(async () => (await q.page.getByRole('textbox', { name: 'Cover name' }).inputValue()) === 'FIRST', 'theirs is not there');
	await q.press('button', 'Undo');
	await until(async () => (await q.page.getByRole('textbox', { name: 'Cover name' }).inputValue()) === 'SECOND', 'one\'s own did not come back');

	// Once both were seen, one's own may be kept.
	await q.press('button', 'Save');
	await q.page.getByRole('button', { name: 'Saved' }).waitFor();
	expect((await stored(p)).document.cover_name === 'SECOND', 'what was kept is not stored');
	await p.page.getByText('Somebody else has saved this movement.').waitFor();
});
