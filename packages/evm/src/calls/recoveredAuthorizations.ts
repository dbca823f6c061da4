import {
  type Address,
  type Authorization,
  type CallInput,
  messageIntrinsicGas,
  recoverAuthority,
} from "@trellis/protocol";

/** None if the gas cannot pay for them, because the call will be refused. */
export function recoveredAuthorizations({
  request,
}: Pick<CallInput, "request">): (Authorization & { readonly authority: Address | undefined })[] {
  const { authorizationList = [], gasLimit } = request;
  if (authorizationList.length === 0 || gasLimit < messageIntrinsicGas(request)) return [];
  return authorizationList.map((authorization) => ({
    ...authorization,
    authority: recoverAuthority(authorization),
  }));
}
