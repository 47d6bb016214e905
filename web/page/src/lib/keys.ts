// Keys that do something wherever one is, but for fields in which one writes.
type Do = (e: KeyboardEvent) => void;

const known = new Map<string, Do[]>();

// Who speaks to the computer, or whose hand slips, may want no single keys.
const kept = 'outrider.keys';
let single = localStorage.getItem(kept) !== 'off';
export const singleKeys = (): boolean => single;
export function setSingleKeys(on: boolean): void {
	single = on;
	if (on) localStorage.removeItem(kept);
	else localStorage.setItem(kept, 'off');
}

const name = (e: KeyboardEvent): string => `${e.ctrlKey || e.metaKey ? 'ctrl+' : ''}${e.shiftKey && e.key.length > 1 ? 'shift+' : ''}${e.key.toLowerCase()}`;

function writes(t: EventTarget | null): boolean {
	return t instanceof HTMLElement && (t.isContentEditable || t instanceof HTMLTextAreaElement || t instanceof HTMLSelectElement || (t instanceof HTMLInputElement && !['checkbox', 'radio', 'range', 'button'].includes(t.type)));
}

window.addEventListener('keydown', (e) => {
	if (e.altKey || e.defaultPrevented) return;
	const key = name(e);
	// Undo in a field is the field's own; a dialog takes all keys.
	if (writes(e.target) && key !== 'ctrl+s' && key !== 'escape') return;
	if (document.querySelector('dialog[open], [aria-modal]')) return;
	if (!single && key.length === 1 && key !== '?') return;
	const act = (known.get(e.shiftKey && key.startsWith('ctrl+') ? key.replace('ctrl+', 'ctrl+shift+') : key) ?? known.get(key))?.at(-1);
	if (!act) return;
	e.preventDefault();
	act(e);
});

// shortcut has a key do something until the returned function is called.
export function shortcut(key: string, act: Do): () => void {
	known.set(key, [...(known.get(key) ?? []), act]);
	return () => known.set(key, (known.get(key) ?? []).filter((x) => x !== act));
}
