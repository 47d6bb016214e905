// Passkeys: the browser's side of what the server asks. There are no passwords.
import { post, Refusal, type Session } from './api';

interface Asked {
	publicKey: PublicKeyCredentialCreationOptionsJSON & PublicKeyCredentialRequestOptionsJSON;
}

export const possible = (): boolean => typeof PublicKeyCredential !== 'undefined' && 'parseCreationOptionsFromJSON' in PublicKeyCredential;

// NotConfirmed is a device, or the person at it, that did not answer.
export class NotConfirmed extends Error {}

async function answer(ask: () => Promise<Credential | null>): Promise<unknown> {
	let credential: Credential | null;
	try {
		credential = await ask();
	} catch {
		throw new NotConfirmed();
	}
	if (!credential) throw new NotConfirmed();
	return (credential as PublicKeyCredential).toJSON();
}

const made = (asked: Asked) =>
	answer(() => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked.publicKey) }));

const used = (asked: Asked) =>
	answer(() => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked.publicKey) }));

export async function firstRun(code: string, callSign: string, unit: string): Promise<Session> {
	const asked = await post<Asked>('/api/first-run', { code, callSign, unit });
	return post('/api/first-run/finish', { credential: await made(asked) });
}

export async function accept(token: string, recovery: boolean): Promise<Session> {
	const at = recovery ? '/api/recoveries/accept' : '/api/invitations/accept';
	const asked = await post<Asked>(at, { token });
	return post(`${at}/finish`, { credential: await made(asked) });
}

export async function signIn(): Promise<Session> {
	const asked = await post<Asked>('/api/sign-in');
	return post('/api/sign-in/finish', { credential: await used(asked) });
}

// confirm passes a fresh check, over the hash of what is confirmed if there is one.
export async function confirm(bytesHash?: string): Promise<void> {
	const asked = await post<Asked>('/api/fresh', bytesHash ? { bytesHash } : {});
	await post('/api/fresh/finish', { credential: await used(asked) });
}

const freshType = 'tag:outrider,2026:fresh-check';

// freshly does something, and once more after a fresh check if the server wants one.
export async function freshly<T>(act: () => Promise<T>, bytesHash?: string): Promise<T> {
	try {
		return await act();
	} catch (e) {
		if (!(e instanceof Refusal) || e.problem.type !== freshType) throw e;
	}
	await confirm(bytesHash);
	return act();
}
