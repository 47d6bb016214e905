// Everything without a pointer: no step here moves a mouse.
import { base, code, expect, figure, run, shot, until } from './browser.mjs';

const most = 120;

await run(async (person) => {
	const p = await person();
	const { page } = p;
	const key = (k) => page.keyboard.press(k);
	const name = () => page.evaluate(() => { const e = document.activeElement; return e?.getAttribute('aria-label') || e?.labels?.[0]?.textContent || e?.textContent?.trim() || ''; });
	// to goes on with Tab until something with the name has the focus, which must be
	// seen.
	async function to(what) {
		for (let i = 0; i < most; i++) {
			if (what.test(await name())) {
				const seen = await page.evaluate(() => {
					const e = document.activeElement;
					const s = getComputedStyle(e);
					const after = e.nextElementSibling ? getComputedStyle(e.nextElementSibling) : s;
					return s.outlineStyle !== 'none' || after.outlineStyle !== 'none';
				});
				expect(seen, `the focus on ${what} is not seen`);
				return;
			}
			await key('Tab');
		}
		throw new Error(`${what} is not reached by Tab`);
	}
	const chosen = (tab) => page.getByRole('tab', { name: tab, exact: true, selected: true }).waitFor();

	await page.goto(base);
	await page.getByRole('heading', { name: 'First use' }).waitFor();
	await to(/^Code from/);
	await page.keyboard.type(code);
	await key('Enter');
	await page.getByRole('heading', { name: 'Movements' }).waitFor();
	await page.getByRole('button', { name: 'Import the sample extract' }).waitFor();
	await to(/^Import the sample/);
	await key('Enter');
	await page.getByRole('button', { name: 'New movement' }).waitFor({ timeout: 90_000 });
	await to(/^New movement/);
	await key('Enter');
	await page.getByRole('tab', { name: 'Movement' }).waitFor();

	// A list of what keys do, which ends by Escape and gives the focus back.
	await key('?');
	await page.getByRole('dialog', { name: 'Shortcuts' }).waitFor();
	await key('Escape');
	await page.getByRole('dialog').waitFor({ state: 'detached' });

	await key('/');
	await page.keyboard.type('Wilmington');
	await page.getByRole('listbox', { name: 'From' }).getByRole('option').first().waitFor();
	await key('ArrowDown');
	await key('ArrowUp');
	await key('Enter');
	await to(/^To$/);
	await page.keyboard.type('Dover');
	await key('Enter');
	await page.getByText(/Line drawn: \d+ ms/).waitFor({ timeout: 30_000 });
	await key('Tab');

	// Panels by number and by arrows.
	await key('2');
	await chosen('Route');
	const before = await figure(p, 'Length');

	// A via from the middle of the map, taken with Enter, and undone.
	await key('1');
	await chosen('Movement');
	await to(/^Add a via$/);
	await key('Enter');
	await key('m');
	expect(await page.evaluate(() => document.activeElement instanceof HTMLCanvasElement), 'M does not lead to the map');
	await key('ArrowLeft');
	await page.waitForTimeout(600);
	await shot(p, 'keyboard-map');
	await key('Enter');
	await page.getByRole('combobox', { name: 'Via 1' }).waitFor();
	await key('2');
	await until(async () => (await figure(p, 'Length')) !== before, 'the line does not pass the via');
	await key('Control+z');
	await until(async () => (await figure(p, 'Length')) === before, 'undo did not bring the line back');
	await key('Control+Shift+z');
	await until(async () => (await figure(p, 'Length')) !== before, 'redo did nothing');
	await key('Control+z');
	await until(async () => (await figure(p, 'Length')) === before, 'undo did not bring the line back');

	// A closure and a weight.
	await to(/^Close the road at$/);
	await page.keyboard.type('39.50872,-75.64879');
	await key('Enter');
	await until(async () => (await figure(p, 'Length')) !== before, 'the line did not go round the closure');
	await to(/^Weights/);
	await key('Enter');
	await key('Tab');
	await key('ArrowRight');
	await page.getByText('× 1.19').waitFor();
	await key('Escape');

	await key('p');
	await chosen('Route set').catch(async () => {
		await page.getByRole('tab', { name: 'Route set', selected: true }).waitFor({ timeout: 180_000 });
	});
	// A post without dragging, and along the frontier.
	await to(/^Route set$/);
	await to(/^Along the line/);
	await key('ArrowLeft');
	await to(/^A post$/);
	await key('Enter');
	await page.getByRole('button', { name: /^Post here: 1/, pressed: true }).waitFor();
	await key('4');
	await chosen('Table');
	await key('5');
	await chosen('Approval');
	await to(/^Approval$/);
	await key('ArrowRight');
	await chosen('Order');
	await to(/^Preview$/);
	await key('Enter');
	await page.frameLocator('iframe').getByRole('heading').first().waitFor();
	await key('d');
	expect((await page.evaluate(() => document.documentElement.dataset.theme)) === 'dark', 'D does not make it dark');
	await key('d');
	await key('l');
	await page.getByRole('dialog', { name: 'Locked' }).waitFor();
	await key('Enter');
	await page.getByRole('dialog', { name: 'Locked' }).waitFor({ state: 'detached' });
});
