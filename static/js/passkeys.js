// A passkey in place of a password. Without this file, or where the browser knows none, the other ways are there.
const Passkey = window.PublicKeyCredential
// An address of figures has no passkeys.
const known = Passkey?.parseRequestOptionsFromJSON && !/^[\d.]+$|:/.test(location.hostname)
const ways = {
  async login(form) {
    const answer = await fetch(form.action, { headers: { Accept: 'application/json' } })
    return ways.get(form, (await answer.json()).request_options)
  },
  get: (form, options = given(form)) => navigator.credentials.get({ publicKey: Passkey.parseRequestOptionsFromJSON(options.publicKey) }),
  create: form => navigator.credentials.create({ publicKey: Passkey.parseCreationOptionsFromJSON(given(form).publicKey) }),
}
const given = form => JSON.parse(form.querySelector('script').textContent)

for (const part of document.querySelectorAll('[data-passkey]')) {
  const way = ways[part.dataset.passkey]
  part.hidden = way ? !known : known
  if (!way) continue
  part.addEventListener('submit', async event => {
    event.preventDefault()
    const said = part.querySelector('[data-said]')
    said.hidden = true
    try {
      part.elements.credential.value = JSON.stringify(await way(part))
      part.submit()
    } catch (error) {
      said.textContent = error.name === 'InvalidStateError'
        ? 'This device has a passkey for your account already.'
        : 'No passkey was given. Try once more, or choose another way.'
      said.hidden = false
    }
  })
}
