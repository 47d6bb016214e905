// What was done, to be taken back: whole states, which are never changed in place.
const most = 200;

export class History<T> {
	private past: T[] = [];
	private future: T[] = [];
	private label = '';
	private at = 0;

	// note keeps the state before a change. Changes of one kind that follow each
	// other quickly, such as letters of a word, are taken back at once.
	note(before: T, label: string, now: number): void {
		const joins = label !== '' && label === this.label && now - this.at < 1000;
		this.label = label;
		this.at = now;
		this.future = [];
		if (joins) return;
		this.past.push(before);
		if (this.past.length > most) this.past.shift();
	}

	undo(now: T): T | undefined {
		const before = this.past.pop();
		if (before !== undefined) this.future.push(now);
		this.label = '';
		return before;
	}

	redo(now: T): T | undefined {
		const after = this.future.pop();
		if (after !== undefined) this.past.push(now);
		this.label = '';
		return after;
	}

	get canUndo(): boolean {
		return this.past.length > 0;
	}

	get canRedo(): boolean {
		return this.future.length > 0;
	}

	clear(): void {
		this.past = [];
		this.future = [];
		this.label = '';
	}
}
