// Runs the audit suite of graphql-http as a caller of the hub.
import { auditServer } from 'graphql-http'
import { hub, tell } from './hub.mjs'

const fetchFn = (url, init = {}) =>
  fetch(url, { ...init, headers: { ...init.headers, ...hub.headers } })

const results = await auditServer({ url: hub.url, fetchFn })
tell(results.map(({ id, name, status, reason }) => ({ id, name, status, reason })))
