// Times are shown in the reader's own zone. Without this file they follow the site, and the account page changes it.
const field = document.querySelector('input[name=time_zone]')
if (field && !field.value) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || ''
