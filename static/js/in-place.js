// A reader keeps the place: a page that is loaded again begins at its top. Without this file the forms do the same.

// Saved where it stands; where that fails, the form is sent.
const form = document.getElementById('save')
form.addEventListener('submit', async event => {
  const button = event.submitter
  if (!button || button.dataset.failed) return
  event.preventDefault()
  const body = new URLSearchParams(new FormData(form, button))
  const answer = await fetch(form.action, { method: 'POST', body }).catch(() => null)
  if (!answer?.ok || new URL(answer.url).pathname !== location.pathname) {
    button.dataset.failed = true
    return form.requestSubmit(button)
  }
  const isSaved = button.getAttribute('aria-pressed') !== 'true'
  for (const each of document.querySelectorAll(`[form=save][value="${button.value}"]`)) {
    each.setAttribute('aria-pressed', isSaved)
    const word = each.querySelector('span')
    if (word) word.textContent = isSaved ? 'Saved' : 'Save'
  }
})

// Several followed one after the other, down a long list; what the site has to say stands at the top.
const [path, top] = sessionStorage.getItem('place')?.split(' ') ?? []
sessionStorage.removeItem('place')
if (path === location.pathname && !document.querySelector('.banner[role=status]')) scrollTo({ top, behavior: 'instant' })
document.addEventListener('submit', ({ submitter }) => {
  if (/follow$/.test(submitter?.value)) sessionStorage.setItem('place', `${location.pathname} ${scrollY}`)
})
