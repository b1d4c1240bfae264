/** How custom-elements.json is made: `npm run manifest` writes it, `npm test` checks it. */
export default {
  globs: ['src/elements/*/*.ts'],
  exclude: ['src/elements/**/*.styles.ts'],
  litelement: true,
  packagejson: false,
  plugins: [tagsFromDefine(), publicOnly()],
};

/** The tags are given in define.ts by `define('bl-…', Class)`, apart from the classes. */
function tagsFromDefine() {
  const tags = new Map();
  return {
    name: 'tags-from-define',
    collectPhase({ ts, node }) {
      if (!ts.isCallExpression(node) || node.expression.getText() !== 'define') return;
      const [tag, element] = node.arguments;
      if (tag && ts.isStringLiteral(tag) && element) tags.set(element.getText(), tag.text);
    },
    packageLinkPhase({ customElementsManifest }) {
      for (const module of customElementsManifest.modules) {
        for (const declaration of module.declarations ?? []) {
          const tagName = tags.get(declaration.name);
          if (tagName === undefined) continue;
          Object.assign(declaration, { tagName, customElement: true });
          module.exports.push({
            kind: 'custom-element-definition',
            name: tagName,
            declaration: { name: declaration.name, module: module.path },
          });
        }
      }
    },
  };
}

/** Only what a user of the tags may rely on: their classes, and of those the public members. */
function publicOnly() {
  return {
    name: 'public-only',
    packageLinkPhase({ customElementsManifest }) {
      customElementsManifest.modules = customElementsManifest.modules
        .map(publicModule)
        .filter(({ declarations }) => declarations.length > 0)
        .sort((a, b) => (a.path < b.path ? -1 : 1));
    },
  };
}

function publicModule({ declarations = [], exports, ...module }) {
  const elements = declarations.filter(({ tagName }) => tagName !== undefined);
  const names = new Set(elements.map(({ name }) => name));
  return {
    ...module,
    declarations: elements.map(({ members = [], ...element }) => ({
      ...element,
      members: members.filter(isPublic),
    })),
    exports: exports.filter(({ declaration }) => names.has(declaration.name)),
  };
}

function isPublic({ name, privacy = 'public', static: isStatic = false }) {
  return privacy === 'public' && !isStatic && !lifecycle.has(name);
}

/** Lit's own methods say nothing about an element. */
const lifecycle = new Set([
  'attributeChangedCallback',
  'connectedCallback',
  'createRenderRoot',
  'disconnectedCallback',
  'firstUpdated',
  'render',
  'shouldUpdate',
  'update',
  'updated',
  'willUpdate',
]);
