// What all scripts share: a browser with a passkey, and steps by what is seen.
import { chromium } from 'playwright-core';

export const base = process.env.OUTRIDER_URL ?? 'http://localhost:8420/';
export const code = process.env.OUTRIDER_CODE ?? '';

export async function launch() {
	return chromium.launch({
		executablePath: process.env.OUTRIDER_CHROMIUM ?? '/usr/bin/chromium',
		args: ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-dev-shm-usage', '--no-proxy-server'],
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
	page.on('pageerror', (e) => faults.push(`error: ${e.message}`));
	page.on('console', (m) => {
		const text = m.text();
		if (m.type() === 'error' && !/status of (401|403|404|409|412|422)/.test(text)) faults.push(`console: ${text}`);
		if (/Content Security Policy/i.test(text)) faults.push(`policy: ${text}`);
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
		await page.getByRole(role, { name, ...o }).first().click({ timeout: 30_000 });
	};
	p.enter = async (role, name, text, key) => {
		p.actions++;
		const field = page.getByRole(role, { name, exact: true }).first();
		await field.fill(text, { timeout: 30_000 });
		if (key) await field.press(key);
	};
	return p;
}

export async function firstRun(p, callSign = 'PLAN 1', unit = 'escort') {
	await p.page.goto(base);
	await p.enter('textbox', 'Code from the terminal', code);
	await p.enter('textbox', 'Your call sign', callSign);
	await p.enter('textbox', 'Your unit', unit);
	await p.press('button', 'Create account with a passkey');
	await p.page.getByRole('heading', { name: 'Movements' }).waitFor();
}

export async function mapIdle(page) {
	await page.waitForFunction(() => document.querySelector('.chart')?.dataset.ready === 'yes', undefined, { timeout: 15_000 });
}

export const shots = process.env.OUTRIDER_SHOTS;
export async function shot(p, name) {
	if (shots) await p.page.screenshot({ path: `${shots}/${name}.png` });
}

export function fail(message) {
	console.error(message);
	process.exitCode = 1;
}
