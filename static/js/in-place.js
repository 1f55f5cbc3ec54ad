// A reader keeps the place: a page that is loaded again begins at its top, one that no connection brings is lost.
// Without this file the forms do the same.

// What stays as it was where there is no connection.
const STILL = { follow: 'Not followed', unfollow: 'Still followed', mute: 'Not muted', unmute: 'Still muted' }
const told = document.getElementById('told')
const hush = () => {
  told.firstElementChild.textContent = ''
  told.togglePopover?.(false)
}
const tell = still => {
  // Closed and opened, so that it lies above a panel that was opened meanwhile.
  hush()
  told.togglePopover?.(true)
  told.firstElementChild.textContent = `${still}: no connection. Try again.`
}
addEventListener('online', hush)

// Saved where it stands; where the server would rather not, the form is sent.
const form = document.getElementById('save')
const busy = new Set()
form.addEventListener('submit', async event => {
  const button = event.submitter
  if (!button || button.dataset.failed) return
  event.preventDefault()
  if (busy.has(button.value)) return
  busy.add(button.value)
  const isSaved = button.getAttribute('aria-pressed') !== 'true'
  const body = new URLSearchParams(new FormData(form, button))
  // What is shown may be old: of another tab, or an answer that was lost on its way.
  body.set('want', isSaved ? 'save' : 'remove')
  const answer = await fetch(form.action, { method: 'POST', body }).catch(() => null)
  busy.delete(button.value)
  if (!answer) return tell(isSaved ? 'Not saved' : 'Still saved')
  if (!answer.ok || new URL(answer.url).pathname !== location.pathname) {
    button.dataset.failed = true
    return form.requestSubmit(button)
  }
  hush()
  for (const each of document.querySelectorAll(`[form=save][value="${button.value}"]`)) {
    each.setAttribute('aria-pressed', isSaved)
    const word = each.querySelector('span')
    if (word) word.textContent = isSaved ? 'Saved' : 'Save'
  }
  const count = document.querySelector('[data-count]')
  if (!count) return
  // The answer is this page as it is now.
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('[data-count]')
  count.textContent = fresh?.textContent ?? ''
})
// The second half of a double click would take back what the first did.
addEventListener('click', event => {
  if (event.detail > 1 && event.target.closest('[form=save]')) event.preventDefault()
})

// Several followed one after the other, down a long list; what the site has to say stands at the top.
const [path, top] = sessionStorage.getItem('place')?.split(' ') ?? []
sessionStorage.removeItem('place')
if (path === location.pathname && !document.querySelector('.banner[role=status]')) scrollTo({ top, behavior: 'instant' })

// These forms load the page anew: something small is asked for first, and without an answer the page stays.
const probe = document.querySelector('link[rel=manifest]').href
let isAsking = false, isAnswered = false
document.addEventListener('submit', async event => {
  const { submitter, target } = event
  const still = STILL[submitter?.value]
  if (!still) return
  if (isAnswered) {
    if (/follow$/.test(submitter.value)) sessionStorage.setItem('place', `${location.pathname} ${scrollY}`)
    return
  }
  event.preventDefault()
  if (isAsking) return
  isAsking = true
  const signal = AbortSignal.timeout?.(10000)
  const answer = await fetch(probe, { method: 'HEAD', cache: 'no-store', signal }).catch(() => null)
  isAsking = false
  if (!answer) return tell(still)
  isAnswered = true
  target.requestSubmit(submitter)
  isAnswered = false
})
