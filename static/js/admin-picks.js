// The desk works without this file: buttons order the list, the server checks the form.

const order = document.getElementById('admin_sortable2_config')
if (order) {
  const { update_url: url } = JSON.parse(order.textContent)
  const said = document.getElementById('order-said')
  const say = (words, failed) => { said.textContent = words; said.classList.toggle('said--failed', failed) }
  // Drag and drop saves in silence; an editor hears whether the order was kept and sees the strip change.
  const send = window.fetch
  window.fetch = async (target, options) => {
    const answer = await send(target, options).catch(() => Response.error())
    if (target !== url) return answer
    if (answer.ok) {
      document.getElementById('strips').outerHTML = await answer.clone().text()
      pairUp()
      say('Order saved.', false)
    } else say('The order was not saved. Reload this page and try again.', true)
    return answer
  }
}

// After a drag the buttons change places with the neighbours of now.
function pairUp() {
  const places = [...document.querySelectorAll('#result_list .place')]
  const id = place => place.id.replace('place-', '')
  places.forEach((place, i) => {
    for (const [way, step] of [['up', -1], ['down', 1]]) {
      const button = place.querySelector(`[name=${way}]`), neighbour = places[i + step]
      button.disabled = !neighbour
      button.value = neighbour ? `${id(place)},${id(neighbour)}` : ''
    }
  })
}

// The card as it is typed, and how much room is left.
const typed = document.getElementById('typed')
if (typed) {
  const original = typed.querySelector('[data-original]')
  const fields = [...document.querySelectorAll('[data-shown-as]')]
  const room = field => document.getElementById(`${field.id}_helptext`).appendChild(document.createElement('output'))
  const counters = new Map(fields.map(field => [field, room(field)]))
  const show = () => {
    for (const field of fields) {
      counters.get(field).textContent = `${field.value.length} of ${field.maxLength}`
      const name = field.dataset.shownAs
      typed.querySelector(`[data-shows=${name}]`).textContent = field.value || (name === 'headline' ? original.textContent : '')
    }
  }
  document.addEventListener('input', show)
  // After the admin's own script has made the field one that searches.
  django.jQuery(() => {
    const article = django.jQuery('#id_article')
    article.on('select2:select', e => { original.textContent = e.params.data.name; show() })
    // Its field is made without a name for who hears the page.
    article.on('select2:open', () => document.querySelector('.select2-search__field').setAttribute('aria-label', 'Find an article'))
    if (!article.length || article.val()) return
    // The admin focuses a first field of its own choice until the page has loaded.
    const open = () => article.select2('open')
    if (document.readyState === 'complete') open(); else window.addEventListener('load', open)
  })
  show()
  typed.hidden = false
}
