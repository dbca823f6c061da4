import { toolCommand } from "../cli/toolCommand.ts";

export const profile = toolCommand(
  {
    name: "profile",
    summary: "sample what a running node or service computes or allocates",
    description: [
      "Writes a file for Chrome DevTools. Needs an admin's key, or for a node the permission admin:guard; a node on",
      "--network local needs none. docs/guides/performance.md explains how to read it.",
    ],
    actions: {
      cpu: "processor time by function (.cpuprofile)",
      heap: "memory that the time allocated and still holds, by function (.heapprofile)",
    },
    examples: [
      ["trellis profile cpu --out node.cpuprofile", "ten seconds of the node on this machine"],
      [
        "trellis profile heap --url https://reserves.example --api-key-from env:KEY --seconds 60 --out reserves.heapprofile",
        "a service",
      ],
    ],
  },
  {
    definition: async () => (await import("./profile/settings.ts")).profileDefinition,
    settings: async (flags, operands) =>
      (await import("./profile/settings.ts")).profileVerbSettings(flags, operands),
    load: async () => (await import("./profile/run.ts")).run,
  },
);
