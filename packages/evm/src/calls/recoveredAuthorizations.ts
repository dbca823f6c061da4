import {
  type CallInput,
  messageIntrinsicGas,
  type RecoveredAuthorization,
  recoverAuthorization,
} from "@trellis/protocol";

/** None if the gas cannot pay for them, because the call will be refused. */
export function recoveredAuthorizations({ request }: CallInput): RecoveredAuthorization[] {
  const { authorizationList = [], gasLimit } = request;
  if (authorizationList.length === 0 || gasLimit < messageIntrinsicGas(request)) return [];
  return authorizationList.map(recoverAuthorization);
}
