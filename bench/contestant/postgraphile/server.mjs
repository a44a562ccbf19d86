// Contestant P: PostGraphile in production mode, one worker per processor.
import cluster from "node:cluster";
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";

const workers = Number(process.env.WORKERS ?? "2");
const [host, port] = process.env.LISTEN.split(":");

if (workers > 1 && cluster.isPrimary) {
  for (let i = 0; i < workers; i++) cluster.fork();
  process.on("SIGTERM", () => {
    for (const worker of Object.values(cluster.workers)) worker.kill("SIGTERM");
    process.exit(0);
  });
} else {
  const preset = {
    extends: [PostGraphileAmberPreset],
    pgServices: [
      makePgService({
        poolConfig: {
          host: process.env.DB_SOCKET,
          user: process.env.DB_USER,
          database: process.env.DB_NAME,
          // Short statements: no compilation, and no merge join that begins at the
          // first row of a table to reach a deep page.
          options: "-c jit=off -c enable_mergejoin=off",
          max: Math.ceil(Number(process.env.MAX_CONNS ?? "16") / workers),
        },
        schemas: ["api"],
      }),
    ],
    schema: { defaultBehavior: "+list" },
    grafast: { context: () => ({ pgSettings: { role: "bench_reader" } }) },
    grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false, maxRequestLength: 262144 },
  };
  const server = createServer();
  const instance = postgraphile(preset).createServ(grafserv);
  await instance.addTo(server);
  server.keepAliveTimeout = 120_000;
  server.listen(Number(port), host);
  process.on("SIGTERM", () => process.exit(0));
}
