// What all scripts share: a browser with a passkey, and steps by what is seen.
import { chromium } from 'playwright-core';

export const base = process.env.OUTRIDER_URL ?? 'http://localhost:8420/';
export const code = process.env.OUTRIDER_CODE ?? '';

export async function launch() {
	return chromium.launch({
		executablePath: process.env.OUTRIDER_CHROMIUM ?? '/usr/bin/chromium',
		args: ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-dev-shm-usage', '--no-proxy-server', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1'],
	});
}

// person is somebody with a browser of their own and a passkey in it. What goes
// wrong in the page is noted: errors, refused by policy, requests to elsewhere.
export async function person(browser, options = {}) {
	const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, acceptDownloads: true, locale: 'en-GB', timezoneId: 'America/New_York', ...options });
	const page = await context.newPage();
	const faults = [];
	const elsewhere = [];
	const origin = new URL(base).origin;
	page.on('response', (r) => {
		if (r.status() >= 500) faults.push(`${r.status()}: ${r.request().method()} ${new URL(r.url()).pathname}`);
	});
	page.on('pageerror', (e) => faults.push(`error: ${e.message}`));
	page.on('console', (m) => {
		const text = m.text();
		// Refusals that the page shows are no faults; nor is a network that is turned off.
		if (m.type() === 'error' && !/status of (401|403|404|409|412|422)|ERR_INTERNET_DISCONNECTED/.test(text)) faults.push(`console: ${text}`);
	});
	context.on('request', (r) => {
		const u = new URL(r.url());
		if (!['data:', 'blob:'].includes(u.protocol) && u.origin !== origin) elsewhere.push(r.url());
	});
	const cdp = await context.newCDPSession(page);
	await cdp.send('WebAuthn.enable', { enableUI: false });
	const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
		options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
	});
	const p = { context, page, cdp, authenticatorId, faults, elsewhere, actions: 0 };
	// Steps of a person, counted: each is one press or one entry, by role and name.
	p.press = async (role, name, o = {}) => {
		p.actions++;
		await page.getByRole(role, { name, exact: typeof name === 'string', ...o }).first().click({ timeout: 30_000 });
	};
	p.enter = async (role, name, text, key) => {
		p.actions++;
		const field = page.getByRole(role, { name, exact: true }).first();
		await field.fill(text, { timeout: 30_000 });
		if (key) await field.press(key);
	};
	p.choose = async (name, label) => {
		p.actions++;
		await page.getByRole('combobox', { name, exact: true }).first().selectOption({ label });
	};
	return p;
}

export async function open(p, address = base) {
	p.actions++;
	await p.page.goto(address);
}

// firstRun makes the first account, with the call sign and the unit that the page
// suggests.
export async function firstRun(p) {
	await open(p);
	await p.enter('textbox', 'Code from the terminal', code);
	await p.press('button', 'Create account with a passkey');
	await p.page.getByRole('heading', { name: 'Movements' }).waitFor();
}

// importSample makes the map of the sample extract.
export async function importSample(p) {
	await p.press('button', 'Import the sample extract');
	await p.page.getByRole('button', { name: 'New movement' }).waitFor({ timeout: 90_000 });
}

// begin makes a movement from one place to another and waits for its line.
export async function begin(p, from = 'Wilmington', to = 'Dover') {
	await p.press('button', 'New movement');
	await p.enter('combobox', 'From', from, 'Enter');
	await p.enter('combobox', 'To', to, 'Enter');
	await p.page.getByText(/Line drawn: \d+ ms/).waitFor({ timeout: 30_000 });
}

// planned presses the button and waits for the set of routes.
export async function planned(p) {
	await p.press('button', 'Work out the plan');
	await p.page.getByRole('tab', { name: 'Route set', selected: true }).waitFor({ timeout: 180_000 });
	await p.page.getByRole('table', { name: 'Route set' }).waitFor();
}

// joined has somebody new invited from the roles of the movement that p has open,
// and waits until they have signed in and hold the role.
export async function joined(p, q, callSign, role = 'approver') {
	await p.press('button', 'Roles');
	await p.press('button', 'Invite somebody new');
	if (role !== 'approver') await p.choose('Role on this movement', role);
	await p.enter('textbox', 'Call sign', callSign);
	await p.press('button', 'Make the invitation');
	const link = await p.page.getByRole('textbox', { name: 'Link of the invitation' }).inputValue();
	await open(q, link);
	await q.press('button', 'Accept with a passkey');
	await q.page.getByRole('heading', { name: 'Movements' }).waitFor();
	await p.page.getByRole('button', { name: `Remove: ${callSign}, ${role}` }).waitFor({ timeout: 15_000 });
	await p.press('button', 'Close');
}

export async function mapIdle(page) {
	await page.waitForFunction(() => document.querySelector('.chart')?.dataset.ready === 'yes', undefined, { timeout: 30_000 });
}

export const shots = process.env.OUTRIDER_SHOTS;
export async function shot(p, name) {
	if (shots) await p.page.screenshot({ path: `${shots}/${name}.png` });
}

// expect ends the script when something is not as it should be.
export function expect(is, message) {
	if (!is) throw new Error(message);
}

// figure reads one of the figures over the route, such as its length.
export async function figure(p, name) {
	return (await p.page.getByText(name, { exact: true }).locator('..').textContent()).slice(name.length);
}

// until waits for something to become so.
export async function until(is, message, ms = 15_000) {
	for (const end = Date.now() + ms; !(await is()); await new Promise((go) => setTimeout(go, 30))) {
		if (Date.now() > end) throw new Error(message);
	}
}

// run opens a browser, runs a script in it, and fails if the script did or if one
// of its pages did something that no page may.
export async function run(script) {
	const browser = await launch();
	const people = [];
	try {
		await script(async (options) => {
			const p = await person(browser, options);
			people.push(p);
			return p;
		}, browser);
		for (const p of people) {
			expect(p.faults.length === 0, `faults:\n${p.faults.join('\n')}`);
			expect(p.elsewhere.length === 0, `asked elsewhere:\n${p.elsewhere.join('\n')}`);
		}
		console.log('passed');
	} catch (e) {
		console.error(e.stack ?? e);
		for (const [i, p] of people.entries()) {
			await shot(p, `failed-${i}`).catch(() => {});
			if (p.faults.length) console.error('faults:', p.faults.join('\n'));
		}
		process.exitCode = 1;
	} finally {
		await browser.close();
	}
}
