// Keeps the shell, and of what a reader has saved the articles that everybody may read whole, until the reader signs
// out. No page of a reader, nothing behind the wall.
const SHELL_CACHE = 'shell-{{ version }}'
const KEPT_CACHE = 'kept-{{ version }}'
const OFFLINE = '{{ offline_url|escapejs }}'
const LIST = '{{ list_url|escapejs }}'
const PICTURES = '{{ pictures_url|escapejs }}'
const SHELL = [{% for url in shell_urls %}'{{ url|escapejs }}'{% if not forloop.last %}, {% endif %}{% endfor %}]
const FRESH_MS = 15 * 60 * 1000

async function keepShell() {
  const cache = await caches.open(SHELL_CACHE)
  await cache.addAll(SHELL)
  // Without cookies: what is kept is the page as a visitor sees it.
  await cache.add(new Request(OFFLINE, { credentials: 'omit', cache: 'reload' }))
  await self.skipWaiting()
}

async function dropOldCaches() {
  const old = (await caches.keys()).filter(name => name !== SHELL_CACHE && name !== KEPT_CACHE)
  await Promise.all(old.map(name => caches.delete(name)))
  await self.clients.claim()
}

const addressesIn = (html, start) => [...html.matchAll(/ (?:href|src)="([^"]+)"/g)].map(match => match[1]).filter(url => url.startsWith(start))
// A page may ask for another width than the one that is kept.
const pictureOf = url => new URL(url, location).pathname.replace(/-\d+\.webp$/, '')

async function keep(cache, key, url) {
  const kept = await cache.match(key)
  if (kept) return kept
  const answer = await fetch(url, { credentials: 'omit' })
  if (answer.ok) await cache.put(key, answer.clone())
  return answer
}

// The list is asked for as the reader, everything on it as nobody.
async function keepSaved() {
  const list = await fetch(LIST, { cache: 'no-store' })
  if (list.status === 204) return caches.delete(KEPT_CACHE) // nobody is signed in
  if (!list.ok) return
  const cache = await caches.open(KEPT_CACHE)
  const wanted = new Set([LIST])
  for (const url of addressesIn(await list.clone().text(), OFFLINE)) {
    const copy = await keep(cache, url, url)
    if (!copy.ok) continue
    wanted.add(url)
    for (const picture of addressesIn(await copy.clone().text(), PICTURES)) {
      await keep(cache, pictureOf(picture), picture)
      wanted.add(pictureOf(picture))
    }
  }
  for (const { url } of await cache.keys()) {
    const { pathname, search } = new URL(url)
    if (!wanted.has(pathname + search)) await cache.delete(url)
  }
  await cache.put(LIST, list)
}

let isStale = false // something was sent: the list may be another one
let work = Promise.resolve() // one after the other: an older list must not take away what a newer one has brought
const follow = answer => (work = work.then(() => keepUp(answer)).catch(() => {}))

async function keepUp(answer) {
  if (!answer.headers.get('Content-Type')?.startsWith('text/html')) return
  // By what the server says of the page: one that may be stored is a visitor's.
  if (!answer.headers.get('Cache-Control')?.includes('no-store')) return caches.delete(KEPT_CACHE)
  const list = await caches.match(LIST)
  if (!isStale && list && Date.now() - Date.parse(list.headers.get('Date')) < FRESH_MS) return
  isStale = false
  await keepSaved()
}

async function withoutConnection(request) {
  const cache = await caches.open(KEPT_CACHE)
  const { pathname, search } = new URL(request.url)
  const number = pathname.match(/^\/article\/(\d+)\//)?.[1]
  const copy = number ? await cache.match(`${OFFLINE}${number}/`, { ignoreSearch: true }) : await cache.match(pathname + search)
  return copy ?? await cache.match(LIST) ?? await caches.match(OFFLINE) ?? Response.error()
}

// The network first, always: a new edition of the site shows at once, the kept one only where there is no connection.
async function answered(event) {
  const { request } = event
  if (request.method === 'POST') isStale = true
  try {
    const answer = await fetch(request)
    event.waitUntil(follow(answer))
    return answer
  } catch (error) {
    if (request.mode === 'navigate') return withoutConnection(request)
    throw error
  }
}
const fetchOr = (request, kept) => fetch(request).catch(async () => (await caches.match(kept)) ?? Response.error())

self.addEventListener('install', event => event.waitUntil(keepShell()))
self.addEventListener('activate', event => event.waitUntil(dropOldCaches()))
self.addEventListener('fetch', event => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.mode === 'navigate' || (request.method === 'POST' && origin === location.origin)) event.respondWith(answered(event))
  else if (request.method !== 'GET' || origin !== location.origin) return
  else if (SHELL.includes(pathname)) event.respondWith(fetchOr(request, request))
  else if (pathname.startsWith(PICTURES)) event.respondWith(fetchOr(request, pictureOf(request.url)))
})
