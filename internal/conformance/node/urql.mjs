// urql. Queries go by POST: by its default, short ones would go by GET, with
// their variables in the address.
import { Client, fetchExchange } from '@urql/core'
import { hub, tell } from './hub.mjs'

const client = new Client({
  url: hub.url,
  exchanges: [fetchExchange],
  preferGetMethod: false,
  fetchOptions: { headers: hub.headers },
})
const { data, error, extensions } = await client.query(hub.query, hub.variables).toPromise()
if (error) throw error
tell({ data, extensions })
