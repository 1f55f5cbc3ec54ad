// Everything works without this file: each control below is a form the server answers.
const root = document.documentElement
const standard = { theme: 'auto', size: 'm' }
const keep = (name, value) => {
  root.dataset[name] = value
  const age = value === standard[name] ? 0 : 31536000
  document.cookie = `${name}=${value};path=/;max-age=${age};samesite=lax${location.protocol === 'https:' ? ';secure' : ''}`
}
for (const name in standard) {
  const value = root.dataset[name] || document.cookie.match(`(?:^|; )${name}=(\\w+)`)?.[1]
  if (!value) continue
  root.dataset[name] = value
  document.querySelectorAll(`[name=${name}][value=${value}]`).forEach(input => { input.checked = true })
}
const isInSheet = control => control.form.contains(control) && getComputedStyle(control.form).position === 'fixed'
document.addEventListener('change', event => {
  const { name, value, form } = event.target
  if (name in standard) keep(name, value)
  // By keyboard a choice is passed on the way to another, a date changes with each key: the button sends these.
  else if (form?.hasAttribute('data-live') && !event.target.matches(':focus-visible') && !isInSheet(event.target)) form.requestSubmit()
})
document.addEventListener('click', async event => {
  const button = event.target.closest('[data-share]')
  if (!button) return
  const url = new URL(button.dataset.share || location.href, location.href).href
  try {
    if (navigator.share) return await navigator.share({ url })
    await navigator.clipboard.writeText(url)
    button.lastElementChild.textContent = 'Link copied'
  } catch { /* closed without sharing, or not allowed: nothing to tell */ }
})
navigator.serviceWorker?.register('/service-worker.js').catch(() => {})
