// What kitsu does with payments: told by its arguments where the server is, with which headers, and which invoice there is to pay.
import Kitsu from 'kitsu'

const [baseURL, headers, invoice] = process.argv.slice(2)
const api = new Kitsu({
  baseURL, camelCaseTypes: false, resourceCase: 'snake', pluralize: false, headers: JSON.parse(headers)
})
const told = {}

const created = await api.create('payments', {
  type: 'payments', amount: 10000, paid_on: '2021-01-24', invoice: { data: { type: 'invoices', id: invoice } }
})
told.created = created.data
const { id } = created.data
told.shown = (await api.get(`payments/${id}`, { params: { include: 'invoice.company' } })).data
told.found = await api.get('payments', {
  params: { filter: { invoice_id: invoice }, page: { size: 200 }, sort: '-paid_on' }
})
told.filtered = (await api.get('payments', { params: { filter: { amount: { gt: 10000 }, invoice_id: invoice } } })).data
told.updated = (await api.update('payments', { id, amount: 2000 })).data
told.removed = (await api.remove('payments', id)).status
told.left = (await api.get('payments', { params: { filter: { invoice_id: invoice } } })).data
told.refused = await api.create('payments', { type: 'payments', amount: '' }).catch(error => error.errors)
console.log(JSON.stringify(told))
