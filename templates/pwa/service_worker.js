// Keeps the shell and answers a page that cannot be fetched with the offline page. Stores nothing that was read.
const CACHE = 'shell-{{ version }}'
const OFFLINE = '{{ offline_url|escapejs }}'
const SHELL = [{% for url in shell_urls %}'{{ url|escapejs }}'{% if not forloop.last %}, {% endif %}{% endfor %}]

async function keepShell() {
  const cache = await caches.open(CACHE)
  await cache.addAll(SHELL)
  // Without cookies: what is kept is the page as a visitor sees it.
  await cache.add(new Request(OFFLINE, { credentials: 'omit', cache: 'reload' }))
  await self.skipWaiting()
}

async function dropOldShells() {
  const names = await caches.keys()
  await Promise.all(names.filter(name => name.startsWith('shell-') && name !== CACHE).map(name => caches.delete(name)))
  await self.clients.claim()
}

// The network first, always: a new edition of the site shows at once, the kept one only where there is no connection.
const fetchOr = (request, kept) => fetch(request).catch(async () => (await caches.match(kept)) ?? Response.error())

self.addEventListener('install', event => event.waitUntil(keepShell()))
self.addEventListener('activate', event => event.waitUntil(dropOldShells()))
self.addEventListener('fetch', event => {
  const { request } = event
  if (request.mode === 'navigate') event.respondWith(fetchOr(request, OFFLINE))
  else if (request.method === 'GET' && SHELL.includes(new URL(request.url).pathname)) event.respondWith(fetchOr(request, request))
})
