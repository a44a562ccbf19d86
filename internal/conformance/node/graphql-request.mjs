// graphql-request. rawRequest gives extensions beside the data.
import { GraphQLClient } from 'graphql-request'
import { hub, tell } from './hub.mjs'

const client = new GraphQLClient(hub.url, { headers: hub.headers })
const { data, extensions } = await client.rawRequest(hub.query, hub.variables)
tell({ data, extensions })
