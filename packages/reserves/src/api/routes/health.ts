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
        summary: "Returns whether the API responds",
        description: "/ready on the service port returns whether all components can serve.",
        access: PUBLIC,
        answer: {
          status: 200,
          description: "the API responds",
          schema: z.strictObject({ status: z.literal("serving") }),
        },
        errors: [],
      },
      () => ({ status: "serving" as const }),
    ),
  ];
}
