// First use, by what is seen only: from nothing to an exported order, approved by
// somebody else.
import { begin, expect, figure, firstRun, importSample, joined, planned, run, shot, until } from './browser.mjs';

const mostActions = 25;
const mostSeconds = 120;

await run(async (person) => {
	const p = await person();
	const q = await person();
	const began = Date.now();
	await firstRun(p);
	await importSample(p);
	await begin(p);
	await p.press('tab', 'Route');
	const before = await figure(p, 'Length');
	await p.enter('combobox', 'Close the road at', '39.50872,-75.64879', 'Enter');
	await until(async () => (await figure(p, 'Length')) !== before, 'the line did not go round the closure');
	await p.press('button', 'Put on record');
	await p.page.getByText('Findings counted').waitFor();
	await p.page.getByText(/Line drawn: \d+ ms/).waitFor();
	expect((await figure(p, 'Length')) !== before, 'the closure on record does not count');
	await planned(p);
	const routes = await p.page.getByRole('button', { name: /^Route \d$/ }).count();
	expect(routes >= 2, `${routes} routes in the set`);
	await p.press('tab', 'Approval');
	await p.press('button', 'Submit for approval');
	await p.page.getByText('submitted', { exact: true }).waitFor();
	await joined(p, q, 'CONTROL 1');
	const row = q.page.getByRole('row').filter({ hasText: 'approver' });
	q.actions++;
	await row.getByRole('button').click();
	await q.press('button', 'Approve', { exact: true });
	const dialog = q.page.getByRole('dialog', { name: 'Approve' });
	q.actions++;
	await dialog.getByRole('button', { name: 'Approve' }).click();
	await dialog.waitFor({ state: 'hidden' });
	await q.page.getByText('approved', { exact: true }).waitFor();
	await p.press('tab', 'Order');
	const download = p.page.waitForEvent('download');
	await p.press('button', 'Order as PDF');
	const name = (await download).suggestedFilename();
	expect(name === 'order.pdf', `the order came as ${name}`);
	await p.page.getByText('Saved: order.pdf').waitFor();
	const seconds = (Date.now() - began) / 1000;
	const actions = p.actions + q.actions;
	console.log(`first use: ${actions} actions, ${seconds.toFixed(0)} s`);
	expect(actions <= mostActions, `${actions} actions, more than ${mostActions}`);
	expect(seconds <= mostSeconds, `${seconds} s, more than ${mostSeconds}`);
	await shot(p, 'first-use');
});
