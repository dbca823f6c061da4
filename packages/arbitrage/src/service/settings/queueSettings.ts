import { reference } from "@trellis/platform/service/settings";

export const queueSettings = {
  queueFrom: reference(
    "where the address of a Redis server is through which workers share trades; without, the database does",
  ),
} as const;
