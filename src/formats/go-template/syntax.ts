// Go's text/template as docker and podman users write it in --format: its parts as values.

/** Where something stands: its offset in the template, in UTF-16 units. */
export type Position = number;

/** A part of an action that has a value. `text` is as written, for messages. */
export type Operand =
  | { readonly kind: 'dot'; readonly text: string; readonly at: Position }
  | { readonly kind: 'nil'; readonly text: string; readonly at: Position }
  | {
      readonly kind: 'literal';
      readonly value: string | number | boolean;
      readonly text: string;
      readonly at: Position;
    }
  | {
      readonly kind: 'field';
      readonly names: readonly string[];
      readonly text: string;
      readonly at: Position;
    }
  | {
      readonly kind: 'variable';
      readonly name: string;
      readonly names: readonly string[];
      readonly text: string;
      readonly at: Position;
    }
  | {
      readonly kind: 'function';
      readonly name: string;
      readonly text: string;
      readonly at: Position;
    }
  | {
      readonly kind: 'pipeline';
      readonly pipeline: Pipeline;
      readonly names: readonly string[];
      readonly text: string;
      readonly at: Position;
    };

/** A value, or a function with its arguments. */
export interface Call {
  readonly operands: readonly Operand[];
  readonly text: string;
  readonly at: Position;
}

/** Calls, each of which hands its value on to the next, and the variables that take the last one. */
export interface Pipeline {
  readonly variables: readonly string[];
  /** `=`, not `:=`. */
  readonly assigns: boolean;
  readonly calls: readonly Call[];
  readonly at: Position;
}

/** A piece of a template. */
export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipeline: Pipeline }
  | {
      readonly kind: 'if' | 'with' | 'range';
      readonly pipeline: Pipeline;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    }
  | {
      readonly kind: 'template';
      readonly name: string;
      /** What the dot is in it; nil without. */
      readonly pipeline?: Pipeline;
      readonly at: Position;
    }
  | { readonly kind: 'break' | 'continue' };

/** A whole template: what is applied, and what `define` and `block` have in it by their names. */
export interface Parsed {
  readonly nodes: readonly Node[];
  readonly templates: ReadonlyMap<string, readonly Node[]>;
}

/** Something wrong with a template, or with its application to a value. Caught where templates are parsed and applied. */
export class TemplateError extends Error {
  readonly at: Position;

  constructor(at: Position, message: string) {
    super(message);
    this.name = 'TemplateError';
    this.at = at;
  }
}
