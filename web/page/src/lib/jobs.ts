import { get, type Job } from './api';
import { listen } from './events';

const over = (j: Job): boolean => j.state === 'done' || j.state === 'failed' || j.state === 'cancelled';

// follow watches a job to its end: by events, and by asking now and then, since a
// stream may break.
export function follow(id: string, tell: (j: Job) => void, every = 1500): Promise<Job> {
	return new Promise((resolve, reject) => {
		let asking = false;
		let again = false;
		const stop = (): void => {
			clearInterval(timer);
			deaf();
		};
		const look = async (): Promise<void> => {
			if (asking) {
				again = true;
				return;
			}
			asking = true;
			try {
				do {
					again = false;
					const j = await get<Job>(`/api/jobs/${id}`);
					tell(j);
					if (over(j)) {
						stop();
						resolve(j);
						return;
					}
				} while (again);
			} catch (e) {
				stop();
				reject(e as Error);
			} finally {
				asking = false;
			}
		};
		const deaf = listen((h) => {
			if (h.topic === 'reload' || (h.topic === 'job' && h.id === id)) void look();
		});
		const timer = setInterval(() => void look(), every);
		void look();
	});
}
