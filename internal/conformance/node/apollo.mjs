// Apollo Client. Extensions reach the application through a link, since the
// result of query() holds data and errors only.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client'
import { tap } from 'rxjs'
import { hub, tell } from './hub.mjs'

let extensions
const receipts = new ApolloLink((operation, forward) =>
  forward(operation).pipe(tap((result) => { extensions = result.extensions })))

const client = new ApolloClient({
  link: ApolloLink.from([receipts, new HttpLink({ uri: hub.url, headers: hub.headers })]),
  cache: new InMemoryCache(),
})
const { data } = await client.query({
  query: gql(hub.query), variables: hub.variables, fetchPolicy: 'no-cache',
})
tell({ data, extensions })
