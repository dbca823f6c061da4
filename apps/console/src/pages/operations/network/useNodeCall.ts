import { useMutation } from "@tanstack/react-query";
import { node, queries } from "../../../live/node.ts";

interface NodeCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

export function useNodeCall() {
  return useMutation<unknown, Error, NodeCall>({
    mutationFn: ({ method, params }) => node.request(method, params),
    onSuccess: () => queries.invalidateQueries(),
  });
}
