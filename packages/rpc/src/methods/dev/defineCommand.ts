import type { Awaitable } from "@trellis/protocol";
import { rpcErrors } from "../../errors.ts";
import type { DevCommands } from "../../ports.ts";
import type { RpcNode } from "../../RpcNode.ts";
import type { Session } from "../../Session.ts";
import { defineMethod, type Method, WEIGHTS } from "../Method.ts";
import type { Parameter } from "../MethodDeclaration.ts";

type Arguments<P extends readonly Parameter<unknown>[]> = {
  readonly [Index in keyof P]: P[Index] extends Parameter<infer T> ? T : never;
};

interface Definition<P extends readonly Parameter<unknown>[]> {
  /** Of methods that do the same. */
  readonly names: readonly string[];
  readonly summary: string;
  readonly params?: P;
  /** From Hardhat's node and Anvil, for the guide. */
  readonly difference?: string;
  readonly run: (to: CommandContext, args: Arguments<P>) => Awaitable<unknown>;
}

export interface CommandContext {
  readonly node: RpcNode;
  readonly commands: DevCommands;
  readonly session: Session;
}

export interface DevCommand {
  readonly difference: string | undefined;
  readonly methods: readonly Method[];
}

export function defineCommand<const P extends readonly Parameter<unknown>[] = readonly []>({
  names,
  summary,
  params,
  difference,
  run,
}: Definition<P>): DevCommand {
  const methods = names.map((name) =>
    defineMethod({
      name,
      summary,
      role: "dev",
      weight: WEIGHTS.execute,
      ...(params === undefined ? {} : { params }),
      handle: (node, args, session) =>
        run({ node, commands: commandsOf(node), session }, args as Arguments<P>),
    }),
  );
  return { difference, methods };
}

/** [RPC-28] */
export function commandsOf({ devControl }: RpcNode): DevCommands {
  const commands = devControl?.commands ?? "this node does not mine on demand";
  if (typeof commands === "string") throw rpcErrors.RPC_REQUEST_REFUSED({ reason: commands });
  return commands;
}
