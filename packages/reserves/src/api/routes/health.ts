import { defineRoute, type Route } from "@trellis/platform/http";
import { z } from "zod";
import { PUBLIC } from "./access.ts";

export function healthRoutes(): readonly Route[] {
  return [
    defineRoute(
      {
        id: "getHealth",
        method: "GET",
        path: "/v1/health",
        tag: "administration",
        summary: "That the API answers",
        description: "Whether all its parts can serve is told by /ready on the service port.",
        access: PUBLIC,
        answer: {
          status: 200,
          description: "it does",
          schema: z.strictObject({ status: z.literal("serving") }),
        },
        errors: [],
      },
      () => ({ status: "serving" as const }),
    ),
  ];
}
