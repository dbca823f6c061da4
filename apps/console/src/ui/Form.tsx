import {
  createContext,
  type FormEvent,
  type ReactNode,
  useContext,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";

interface Sent {
  readonly isTried: boolean;
  readonly count: number;
}

const NOT_SENT: Sent = { isTried: false, count: 0 };
export const Sent = createContext(NOT_SENT);

interface FormProps {
  readonly label: string;
  readonly isValid: boolean;
  readonly isSending: boolean;
  readonly isChecking?: boolean;
  readonly onSubmit: () => void;
  readonly action: string;
  readonly busy?: string;
  readonly isDangerous?: boolean;
  readonly children?: ReactNode;
}

export function Form({
  label,
  isValid,
  isSending,
  isChecking = false,
  onSubmit,
  action,
  busy = "Sending…",
  isDangerous = false,
  children,
}: FormProps) {
  const [sent, setSent] = useState(NOT_SENT);
  const form = useRef<HTMLFormElement>(null);
  const [refusedCount, setRefusedCount] = useState(0);
  useEffect(() => {
    if (refusedCount > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [refusedCount]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setSent(({ count }) => ({ isTried: !isValid, count: isValid ? count + 1 : count }));
    if (!isValid) setRefusedCount(refusedCount + 1);
    else if (!isSending) onSubmit();
  };
  return (
    <form ref={form} className="form" aria-label={label} noValidate onSubmit={submit}>
      <fieldset disabled={isSending}>
        <Sent value={sent}>{children}</Sent>
        <button type="submit" className={isDangerous ? "danger" : "primary"} disabled={isChecking}>
          {isSending ? busy : action}
        </button>
      </fieldset>
    </form>
  );
}

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly wrong?: string | undefined;
}

export function Field({
  label,
  hint,
  wrong,
  children,
}: FieldProps & {
  readonly children: (control: {
    readonly id: string;
    readonly "aria-describedby": string | undefined;
    readonly "aria-invalid": boolean;
    readonly onBlur: (event: { readonly relatedTarget: EventTarget | null }) => void;
  }) => ReactNode;
}) {
  const id = useId();
  const { isTried, count } = useContext(Sent);
  const [leftAtCount, setLeftAtCount] = useState<number>();
  const shown = isTried || leftAtCount === count ? wrong : undefined;
  // The error replaces the hint to keep the layout.
  const said = shown ?? hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        "aria-describedby": said === undefined ? undefined : `${id}-said`,
        "aria-invalid": shown !== undefined,
        onBlur({ relatedTarget }) {
          if (!isButton(relatedTarget)) setLeftAtCount(count);
        },
      })}
      <small id={`${id}-said`} className={shown === undefined ? "soft" : "wrong"}>
        {said}
      </small>
    </div>
  );
}

/** If focus moves to a button, errors wait for the submission. */
function isButton(target: EventTarget | null): boolean {
  return target instanceof HTMLButtonElement;
}

interface TextFieldProps extends FieldProps {
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly maxLength?: number;
  readonly unit?: string;
  readonly placeholder?: string;
  readonly inputMode?: "text" | "decimal" | "numeric";
  readonly isLong?: boolean;
}

export function TextField({
  value,
  onChange,
  unit,
  isLong = false,
  maxLength = 100,
  inputMode,
  placeholder,
  ...field
}: TextFieldProps) {
  return (
    <Field {...field}>
      {(control) => {
        const shared = {
          ...control,
          value,
          maxLength,
          placeholder,
          spellCheck: false,
          autoComplete: "off",
          onChange: (event: { readonly target: { readonly value: string } }) => onChange(event.target.value),
        };
        if (isLong) return <textarea {...shared} rows={4} />;
        return (
          <span className="with-unit">
            <input {...shared} type="text" inputMode={inputMode} />
            {unit !== undefined && <span className="unit">{unit}</span>}
          </span>
        );
      }}
    </Field>
  );
}

export function PasswordField({
  value,
  onChange,
  isNew = false,
  ...field
}: FieldProps & {
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly isNew?: boolean;
}) {
  return (
    <Field {...field}>
      {(control) => (
        <input
          {...control}
          type="password"
          maxLength={1_000}
          autoComplete={isNew ? "new-password" : "off"}
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}

export function FileField({
  onChange,
  ...field
}: FieldProps & { readonly onChange: (file: File | undefined) => void }) {
  return (
    <Field {...field}>
      {(control) => (
        <input {...control} type="file" onChange={({ target }) => onChange(target.files?.[0] ?? undefined)} />
      )}
    </Field>
  );
}

interface SelectFieldProps<T extends string> extends FieldProps {
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly options: readonly (readonly [value: T, name: string])[];
}

export function SelectField<T extends string>({ value, onChange, options, ...field }: SelectFieldProps<T>) {
  return (
    <Field {...field}>
      {(control) => (
        <select {...control} value={value} onChange={({ target }) => onChange(target.value as T)}>
          {options.map(([option, name]) => (
            <option key={option} value={option}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
