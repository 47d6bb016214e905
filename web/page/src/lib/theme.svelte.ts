// Light by day, dark at night, or as somebody wishes.
import type { Theme } from '../map/style';

const key = 'outrider.theme';

class Look {
	wish = $state<'light' | 'dark' | ''>('');
	night = $state(matchMedia('(prefers-color-scheme: dark)').matches);

	get theme(): Theme {
		return this.wish || (this.night ? 'dark' : 'light');
	}

	begin(): void {
		const kept = localStorage.getItem(key);
		if (kept === 'light' || kept === 'dark') this.wish = kept;
		matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (e) => {
			this.night = e.matches;
			this.show();
		});
		this.show();
	}

	turn(): void {
		this.wish = this.theme === 'dark' ? 'light' : 'dark';
		localStorage.setItem(key, this.wish);
		this.show();
	}

	private show(): void {
		document.documentElement.dataset.theme = this.theme;
	}
}

export const look = new Look();
