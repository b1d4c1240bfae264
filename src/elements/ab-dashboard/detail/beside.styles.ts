import { css } from 'lit';

export const besideStyles = css`
  .beside {
    container: beside / inline-size;
  }
  .beside table {
    width: 100%;
    border-collapse: collapse;
  }
  .beside th,
  .beside td {
    padding: calc(var(--_space) * 2) calc(var(--_space) * 4);
    text-align: start;
    overflow-wrap: anywhere;
  }
  .beside thead th {
    color: var(--_text-muted);
    font: 500 var(--_size-xs) var(--_font);
  }
  .beside tbody th {
    color: var(--_text);
    font: 400 var(--_size-m) var(--_font);
  }
  .beside tbody tr > *,
  .beside .legend {
    border-block-start: 1px solid var(--_border);
  }
  .beside .legend {
    padding: calc(var(--_space) * 2.5) calc(var(--_space) * 4);
  }

  /* Each number on a line of its own, behind its name. */
  @container beside (width < 560px) {
    .beside thead {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    .beside table,
    .beside tbody,
    .beside tr,
    .beside tr > * {
      display: block;
    }
    .beside tbody tr {
      padding-block: calc(var(--_space) * 2);
      border-block-start: 1px solid var(--_border);
    }
    .beside tbody tr > * {
      padding-block: var(--_space);
      border: 0;
    }
    .beside [data-label]::before {
      content: attr(data-label) ': ';
      color: var(--_text-muted);
    }
  }
`;
