// Who is signed in, and when the page locks itself.
import { get, onSignedOut, send, type Session } from './api';

class Sitting {
	now = $state<Session | null>(null);
	locked = $state(false);
	offline = $state(false);
	private idle: ReturnType<typeof setTimeout> | undefined;

	get signedIn(): boolean {
		return this.now?.state === 'signed-in';
	}

	has(role: string): boolean {
		return this.now?.roles?.includes(role) ?? false;
	}

	async load(): Promise<void> {
		try {
			this.now = await get<Session>('/api/session');
			this.offline = false;
		} catch {
			this.offline = true;
		}
	}

	take(s: Session): void {
		this.now = s;
		this.locked = false;
		this.stir();
	}

	async leave(): Promise<void> {
		try {
			await send('/api/session', { method: 'DELETE' });
		} finally {
			await this.load();
		}
	}

	// stir notes that somebody is there. Nobody for half of the server's idle time
	// locks the page, before the session ends by itself.
	stir = (): void => {
		clearTimeout(this.idle);
		if (!this.signedIn || this.locked) return;
		const minutes = Math.min(15, Math.max(1, (this.now?.idleMinutes ?? 30) / 2));
		this.idle = setTimeout(() => this.lock(), minutes * 60_000);
	};

	// lock hides everything until the same account has used its passkey again. What
	// was entered stays in memory; the session ends at once.
	lock(): void {
		if (!this.signedIn || this.locked) return;
		this.locked = true;
		void send('/api/session', { method: 'DELETE' }).catch(() => {});
	}

	watch(): void {
		onSignedOut(() => {
			if (this.signedIn && !this.locked) this.locked = true;
		});
		for (const e of ['pointerdown', 'keydown', 'wheel'] as const) addEventListener(e, this.stir, { passive: true });
	}
}

export const sitting = new Sitting();
