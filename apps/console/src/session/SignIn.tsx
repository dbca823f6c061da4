import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Field, Form } from "../ui/Form.tsx";
import { Card } from "../ui/primitives.tsx";
import { Loading, NoPage } from "../ui/states.tsx";
import { LoginRefused } from "./LoginRefused.tsx";
import { AUTH_API, hosts, origin } from "./origin.ts";
import { PrincipalFacts } from "./PrincipalFacts.tsx";
import { ProblemText } from "./ProblemText.tsx";
import { SessionEnded } from "./SessionEnded.tsx";
import type { Principal, Way } from "./SessionStore.ts";
import { hasSessions, session, useSession } from "./session.ts";

export function SignIn() {
  const state = useSession();
  if (!hasSessions) {
    return (
      <NoPage title="Nobody signs in here">A node knows no users: it answers whoever reaches it.</NoPage>
    );
  }
  return (
    <div className="narrow">
      <h1>{state.kind === "signedIn" ? "Signed in" : "Sign in"}</h1>
      {state.kind === "asking" && <Loading what="Asking who you are" />}
      {state.kind === "unreachable" && (
        <p className="state" role="status">
          The service does not answer yet. It is asked again by itself.
        </p>
      )}
      {state.kind !== "signedIn" && <LoginRefused />}
      {state.kind === "ended" && <SessionEnded code={state.code} />}
      {state.kind === "signedIn" ? (
        <SignedIn principal={state.principal} />
      ) : (
        "ways" in state && <Ways ways={state.ways} />
      )}
    </div>
  );
}

function Ways({ ways }: { readonly ways: readonly Way[] }) {
  return (
    <>
      {origin.isDevelopment && <DevelopmentWays />}
      {ways.includes("openId") && (
        <Card title="With your organisation's account">
          <p>You are sent to the identity provider and come back signed in.</p>
          <a className="button primary" href={`${AUTH_API}/login`}>
            Continue to the provider
          </a>
        </Card>
      )}
      {ways.includes("apiKey") && <KeyForm />}
    </>
  );
}

function DevelopmentWays() {
  const signing = useMutation({ mutationFn: (as: "admin" | "customer") => session.signInAs(as) });
  return (
    <Card title="On this devnet">
      <p>Nothing here is real: take either side.</p>
      <div className="buttons">
        <button
          type="button"
          className="primary"
          disabled={signing.isPending}
          onClick={() => signing.mutate("admin")}
        >
          As the custodian's admin
        </button>
        <button type="button" disabled={signing.isPending} onClick={() => signing.mutate("customer")}>
          As one of its customers
        </button>
      </div>
      <ProblemText error={signing.error} />
    </Card>
  );
}

function KeyForm() {
  const [apiKey, setApiKey] = useState("");
  const navigate = useNavigate();
  const signing = useMutation({
    mutationFn: () => session.signIn(apiKey),
    onSuccess() {
      setApiKey("");
      void navigate({ to: hosts("reserves") ? "/reserves" : "/" });
    },
  });
  const wrong = apiKey.trim() === "" ? "A key is needed." : undefined;
  return (
    <Card title="With an API key">
      <Form
        label="Sign in with an API key"
        isValid={wrong === undefined}
        isSending={signing.isPending}
        onSubmit={() => signing.mutate()}
        action="Sign in"
      >
        <Field
          label="API key"
          hint="It begins with trk_. The page forgets it at once: the session is in a cookie that no script reads."
          wrong={wrong}
        >
          {(control) => (
            <input
              {...control}
              type="password"
              autoComplete="off"
              maxLength={512}
              value={apiKey}
              onChange={({ target }) => setApiKey(target.value)}
            />
          )}
        </Field>
      </Form>
      <ProblemText error={signing.error} />
    </Card>
  );
}

function SignedIn({ principal }: { readonly principal: Principal }) {
  const { role, customerId } = principal;
  const leaving = useMutation({ mutationFn: () => session.signOut() });
  const swapping = useMutation({ mutationFn: (as: "admin" | "customer") => session.signInAs(as) });
  const other = role === "customer" ? "admin" : "customer";
  // Only one change at a time: the later answer would decide the session.
  const isChanging = leaving.isPending || swapping.isPending;
  return (
    <Card
      title={
        customerId !== null
          ? "You are a customer"
          : hosts("reserves")
            ? "You work for the custodian"
            : "You trade"
      }
    >
      <PrincipalFacts {...principal} />
      <div className="buttons">
        <button type="button" disabled={isChanging} onClick={() => leaving.mutate()}>
          Sign out
        </button>
        {origin.isDevelopment && (
          <button type="button" disabled={isChanging} onClick={() => swapping.mutate(other)}>
            {other === "admin" ? "Be the custodian's admin" : "Be one of its customers"}
          </button>
        )}
      </div>
      <ProblemText error={leaving.error ?? swapping.error} />
    </Card>
  );
}
