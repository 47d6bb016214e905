// The service worker of the survey page: it keeps the files of that page, and
// nothing else. What is asked of the API always goes to the server.
const name = 'survey-__STATE__'.replace(/"/g, '');
const files = __FILES__;

self.addEventListener('install', (e) => {
	e.waitUntil(
		caches
			.open(name)
			.then((c) => c.addAll(files))
			.then(() => self.skipWaiting()),
	);
});

self.addEventListener('activate', (e) => {
	e.waitUntil(
		caches
			.keys()
			.then((all) => Promise.all(all.filter((k) => k.startsWith('survey-') && k !== name).map((k) => caches.delete(k))))
			.then(() => self.clients.claim()),
	);
});

self.addEventListener('fetch', (e) => {
	const url = new URL(e.request.url);
	if (e.request.method !== 'GET' || url.origin !== location.origin) return;
	const file = url.pathname.slice(new URL('./', location.href).pathname.length);
	if (!files.includes(file)) return;
	// The page itself is fetched anew where there is a network; its parts carry their
	// content in their names.
	if (file === 'survey.html') {
		e.respondWith(fetch(e.request).catch(() => caches.match(file, { ignoreSearch: true })));
		return;
	}
	e.respondWith(caches.match(file).then((kept) => kept ?? fetch(e.request)));
});
