// A Pin is a place of the movement that can be seen, and perhaps moved.
export interface Pin {
	id: string;
	label: string;
	lat: number;
	lon: number;
	drag?: (lat: number, lon: number) => void;
}
