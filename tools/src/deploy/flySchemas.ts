import { z } from "zod";

// The keys of https://fly.io/docs/reference/configuration that these files use. Fly ignores unknown keys.
const duration = z.string().regex(/^\d+(?:s|m|h)$/);
const processes = z.array(z.literal("app")).optional();
const headers = z.record(z.string(), z.string()).optional();
const port = z.int().min(1).max(65_535);
const httpCheck = {
  method: z.literal("GET"),
  path: z.string().startsWith("/"),
  interval: duration,
  timeout: duration,
  grace_period: duration,
  headers,
};
const concurrency = z.strictObject({
  type: z.enum(["requests", "connections"]),
  soft_limit: z.int(),
  hard_limit: z.int(),
});
const proxied = {
  internal_port: port,
  auto_stop_machines: z.enum(["off", "stop", "suspend"]),
  auto_start_machines: z.boolean(),
  processes,
};

export const flyApp = z.strictObject({
  app: z.string(),
  primary_region: z.string(),
  kill_signal: z.literal("SIGTERM").optional(),
  kill_timeout: duration.optional(),
  build: z.strictObject({ image: z.string() }),
  deploy: z
    .strictObject({
      strategy: z.enum(["rolling", "immediate", "canary", "bluegreen"]),
      max_unavailable: z.int().optional(),
      wait_timeout: duration.optional(),
    })
    .optional(),
  env: z.record(z.string(), z.string()).default({}),
  processes: z.strictObject({ app: z.string() }),
  http_service: z
    .strictObject({
      ...proxied,
      force_https: z.literal(true),
      concurrency: concurrency.optional(),
      checks: z.array(z.strictObject(httpCheck)).min(1),
    })
    .optional(),
  services: z
    .array(
      z.strictObject({
        ...proxied,
        protocol: z.literal("tcp"),
        ports: z.array(z.strictObject({ port })),
      }),
    )
    .default([]),
  checks: z
    .record(
      z.string(),
      z.discriminatedUnion("type", [
        z.strictObject({ type: z.literal("http"), port, ...httpCheck }),
        z.strictObject({
          type: z.literal("tcp"),
          port,
          interval: duration,
          timeout: duration,
          grace_period: duration,
        }),
      ]),
    )
    .default({}),
  files: z
    .array(
      z.strictObject({
        guest_path: z.string().startsWith("/"),
        secret_name: z.string().optional(),
        local_path: z.string().optional(),
      }),
    )
    .default([]),
  mounts: z
    .array(
      z.strictObject({
        source: z.string().regex(/^[a-z0-9_]{1,30}$/),
        destination: z.string().startsWith("/"),
        initial_size: z.string(),
        auto_extend_size_threshold: z.int().optional(),
        auto_extend_size_increment: z.string().optional(),
        auto_extend_size_limit: z.string().optional(),
        processes,
      }),
    )
    .default([]),
  metrics: z.strictObject({ port, path: z.literal("/metrics") }).optional(),
  vm: z.array(z.strictObject({ size: z.string(), memory: z.string(), processes })).length(1),
});

export type FlyApp = z.output<typeof flyApp>;

const collector = z.strictObject({
  type: z.literal("prometheus"),
  "metric-name": z.string(),
  address: z.literal("$FAS_PROMETHEUS_ADDRESS"),
  token: z.literal("$FAS_PROMETHEUS_TOKEN"),
  query: z.string(),
});

/** The keys that fly-autoscaler 0.3 knows; it refuses others. */
export const flyAutoscaler = z
  .strictObject({
    "app-name": z.string(),
    "created-machine-count": z.string().optional(),
    "started-machine-count": z.string().optional(),
    interval: duration,
    "api-token": z.literal("$FAS_API_TOKEN"),
    "metric-collectors": z.array(collector).min(1),
  })
  .refine(
    ({
      "created-machine-count": created,
      "started-machine-count": started,
      "metric-collectors": collectors,
    }) => {
      const names = new Set(collectors.map((each) => each["metric-name"]));
      const used = `${created ?? ""} ${started ?? ""}`.match(/\b[a-z_]+\b/g) ?? [];
      return (
        used.length > 0 && used.every((word) => names.has(word) || ["min", "max", "ceil"].includes(word))
      );
    },
    { error: "an expression uses a metric that no collector reads" },
  );
