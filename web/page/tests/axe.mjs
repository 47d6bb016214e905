// Every screen against the rules of WCAG 2.2 AA that a program can check, light
// and dark.
import { readFileSync } from 'node:fs';
import { base, begin, expect, firstRun, importSample, joined, open, planned, run, shot } from './browser.mjs';

const source = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

const faults = [];
let screens = 0;

async function look(p, name) {
	for (const theme of ['light', 'dark']) {
		await p.page.evaluate((t) => (document.documentElement.dataset.theme = t), theme);
		await p.page.waitForTimeout(60);
		// In the page itself: its policy allows no script from elsewhere.
		await p.page.evaluate(`${source};0`);
		const found = await p.page.evaluate((values) => window.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] }), rules);
		for (const v of found.violations) {
			for (const n of v.nodes.slice(0, 4)) faults.push(`${name}, ${theme}: ${v.id}: ${n.target.join(' ')}: ${(n.any[0] ?? n.all[0] ?? n.none[0])?.message ?? v.help}`);
		}
	}
	await p.page.evaluate(() => (document.documentElement.dataset.theme = 'light'));
	await shot(p, `screen-${name.replaceAll(' ', '-')}`);
	screens++;
}

await run(async (newPerson) => {
	const p = await newPerson();
	const q = await newPerson();
	await open(p);
	await p.page.getByRole('heading', { name: 'First use' }).waitFor();
	await look(p, 'first use');
	await firstRun(p);
	await look(p, 'nothing yet');
	await importSample(p);
	await look(p, 'maps');
	await p.press('button', 'People and devices');
	await p.page.getByRole('cell', { name: 'escort' }).waitFor();
	await look(p, 'people');
	await p.press('button', 'Invite somebody');
	await look(p, 'invite');
	await p.page.keyboard.press('Escape');
	await p.press('button', 'Outrider: Movements');
	await begin(p);
	await look(p, 'movement');
	await p.page.getByText('More', { exact: true }).click();
	await p.press('button', 'Add a via');
	await look(p, 'picking');
	await p.page.keyboard.press('Escape');
	await p.page.keyboard.press('?');
	await p.page.getByRole('dialog', { name: 'Shortcuts' }).waitFor();
	await look(p, 'shortcuts');
	await p.page.keyboard.press('Escape');
	await p.press('tab', 'Approval');
	await look(p, 'approval of nothing');
	await p.press('tab', 'Route');
	await p.enter('combobox', 'Close the road at', '39.50872,-75.64879', 'Enter');
	await p.page.getByText('Closure 1').waitFor();
	for (const s of await p.page.locator('summary').all()) await s.click();
	await look(p, 'route');
	await p.press('button', 'Put on record');
	await p.page.getByText('Findings counted').waitFor();
	await planned(p);
	await p.press('button', /^Post here: 1/);
	for (const s of await p.page.locator('summary').all()) await s.click();
	await look(p, 'route set');
	await p.press('tab', 'Movement');
	await planned(p);
	await p.page.getByRole('combobox', { name: 'Beside it' }).selectOption({ index: 1 });
	await p.page.getByRole('heading', { name: 'Two plans' }).waitFor();
	await look(p, 'two plans');
	await p.page.getByRole('region', { name: 'Decision points' }).getByRole('button').first().click();
	await p.page.waitForTimeout(800);
	const frame = await p.page.locator('.chart').boundingBox();
	await p.page.mouse.click(frame.x + frame.width / 2, frame.y + frame.height / 2);
	await p.page.getByRole('columnheader', { name: 'Factor' }).waitFor();
	await look(p, 'why');
	await p.page.keyboard.press('Escape');
	await p.press('tab', 'Table');
	await p.page.getByRole('img', { name: /^Timeline/ }).waitFor();
	await look(p, 'table');
	await p.press('tab', 'Approval');
	await p.press('button', 'Submit for approval');
	await p.page.getByText('submitted', { exact: true }).waitFor();
	await look(p, 'approval');
	await p.press('button', 'Roles');
	await p.press('button', 'Invite somebody new');
	await look(p, 'roles');
	await p.page.keyboard.press('Escape');
	await joined(p, q, 'CONTROL 1');
	await look(q, 'movements of another');
	await q.page.getByRole('row').filter({ hasText: 'approver' }).getByRole('button').click();
	await q.press('button', 'Approve');
	await look(q, 'approve');
	await p.press('tab', 'Order');
	await p.press('button', 'Preview');
	await p.page.frameLocator('iframe').getByRole('heading').first().waitFor();
	await look(p, 'order');
	await p.press('button', 'Lock');
	await look(p, 'locked');
	await p.press('button', 'Unlock with a passkey');
	await p.page.getByRole('dialog', { name: 'Locked' }).waitFor({ state: 'hidden' });
	await p.page.setViewportSize({ width: 390, height: 844 });
	await p.page.goto(`${base}survey.html`);
	await p.press('button', 'Load its points');
	await p.page.getByText(/\d+ points, loaded/).waitFor();
	await look(p, 'survey');
	await p.page.getByRole('listitem').getByRole('button').first().click();
	await look(p, 'survey form');
	await p.page.goto(`${base}#/m/nothing/movement`);
	await p.page.getByText('This does not exist').waitFor();
	await look(p, 'nothing there');
	await p.page.goto(base);
	await p.press('button', 'Sign out');
	await p.page.getByRole('heading', { name: 'Sign in' }).waitFor();
	await look(p, 'sign in');
	p.faults.splice(0, p.faults.length, ...p.faults.filter((f) => !/404/.test(f)));
	expect(faults.length === 0, `${faults.length} violations on ${screens} screens:\n${faults.join('\n')}`);
	console.log(`axe: ${screens} screens, light and dark, no violation`);
});
