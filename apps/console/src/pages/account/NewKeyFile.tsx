import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { Address } from "viem";
import { Form, PasswordField } from "../../ui/Form.tsx";
import { Card } from "../../ui/primitives.tsx";
import { download } from "../reserves/ui/download.ts";
import { sentenceOf } from "./KeyFileForm.tsx";
import { makeKeyFile } from "./keyFiles.ts";
import { Progress } from "./Progress.tsx";

const PASSWORD_LENGTH_MIN = 8;

export function NewKeyFile() {
  return (
    <Card title="Create an account" aside={<span>ML-DSA-65, post-quantum</span>}>
      <p className="soft">
        The browser downloads the key file. Nobody can recover the file or its password: keep a copy of both.
      </p>
      <NewKeyForm label="Create an account" action="Create and download" />
    </Card>
  );
}

/** @param address account for which the key will sign; default: the key's own account */
export function NewKeyForm({
  label,
  action,
  address,
}: {
  readonly label: string;
  readonly action: string;
  readonly address?: Address;
}) {
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [progress, setProgress] = useState(0);
  const make = useMutation<string, Error>({
    async mutationFn() {
      const { name, text } = await makeKeyFile({ algorithm: "ml-dsa-65", address }, password, setProgress);
      download(name, text, "application/json");
      setPassword("");
      setAgain("");
      return name;
    },
  });
  const isShort = password.length < PASSWORD_LENGTH_MIN;
  return (
    <Form
      label={label}
      action={action}
      busy="Creating…"
      isValid={!isShort && password === again}
      isSending={make.isPending}
      onSubmit={() => make.mutate()}
    >
      <PasswordField
        label="New password"
        isNew
        value={password}
        onChange={setPassword}
        wrong={isShort ? `At least ${PASSWORD_LENGTH_MIN} characters.` : undefined}
      />
      <PasswordField
        label="New password again"
        isNew
        value={again}
        onChange={setAgain}
        wrong={password === again ? undefined : "The two passwords differ."}
      />
      <Progress isShown={make.isPending} value={progress} label="Encrypting" />
      {make.data !== undefined && (
        <p className="outcome" role="status">
          Downloaded {make.data}
        </p>
      )}
      {make.error !== null && (
        <p className="outcome bad" role="alert">
          {sentenceOf(make.error)}
        </p>
      )}
    </Form>
  );
}
