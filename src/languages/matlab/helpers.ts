/** Functions that an emitted MATLAB file brings along where it uses them. GNU Octave runs them as well. */
const table = {
  sigmoid: `function y = sigmoid(t)
% 1 / (1 + exp(-t))
    y = 1 ./ (1 + exp(-t));
end`,
  softplus: `function y = softplus(t)
% log(1 + exp(t)), without overflow.
    y = max(t, 0) + log1p(exp(-abs(t)));
end`,
  logz: `function y = logz(t)
% log(t), but 0 at t = 0.
    y = log(t + (t == 0));
end`,
  silu: `function y = silu(t)
% t / (1 + exp(-t)), without overflow; below -800 the result is 0, also at -Inf.
    t = max(t, -800);
    y = t ./ (1 + exp(-t));
end`,
  gelu: `function y = gelu(t)
% t times the distribution function of the standard normal distribution.
    t = max(t, -40);  % below, the result is 0, also at -Inf
    y = 0.5 * t .* erfc(-t / sqrt(2));
end`,
  where: `function y = where(c, a, b)
% a where c holds, elsewhere b; axes of length 1 are expanded.
    none = false(size(c)) | false(size(a)) | false(size(b));
    c = c | none;
    a = a + none;
    y = b + none;
    y(c) = a(c);
end`,
  part: `function y = part(x, varargin)
% x(varargin{:}), for an x that has no name.
    y = x(varargin{:});
end`,
  einsum: `function y = einsum(spec, a, b)
% A sum of products as its letters say: einsum('ij,jk->ik', a, b) is a * b.
    sides = strsplit(spec, '->');
    letters = strsplit(sides{1}, ',');
    out = sides{2};
    [a, left] = ondiagonal(a, letters{1});
    if nargin == 2
        b = 1;
        right = '';
    else
        [b, right] = ondiagonal(b, letters{2});
    end
    % What only one operand has and the result lacks is summed first.
    [a, left] = summedout(a, left, setdiff(left, [out, right]));
    [b, right] = summedout(b, right, setdiff(right, [out, left]));
    both = intersect(left, right);
    batch = intersect(both, out);
    inner = setdiff(both, out);
    rows = setdiff(left, both);
    columns = setdiff(right, both);
    sizes = ones(1, 128);
    sizes(double(left)) = size(a, 1:numel(left));
    sizes(double(right)) = size(b, 1:numel(right));
    of = @(names) prod(sizes(double(names)));
    a = reshape(ordered(a, left, [rows, inner, batch]), of(rows), of(inner), of(batch));
    b = reshape(ordered(b, right, [inner, columns, batch]), of(inner), of(columns), of(batch));
    y = zeros(of(rows), of(columns), of(batch));
    for k = 1:of(batch)
        y(:, :, k) = a(:, :, k) * b(:, :, k);
    end
    found = [rows, columns, batch];
    y = reshape(y, [sizes(double(found)), 1, 1]);
    y = ordered(y, found, out);
end

function [x, letters] = ondiagonal(x, letters)
% The entries at which axes of one letter have one index.
    for letter = unique(letters)
        axes = find(letters == letter);
        if numel(axes) < 2
            continue
        end
        rest = find(letters ~= letter);
        n = size(x, axes(1));
        shape = size(x, 1:numel(letters));
        x = reshape(permute(x, [axes, rest]), n^numel(axes), []);
        step = sum(n.^(0:numel(axes) - 1));
        x = reshape(x(1:step:end, :), [n, shape(rest), 1]);
        letters = [letter, letters(rest)];
    end
end

function [x, letters] = summedout(x, letters, names)
    for name = names
        x = sum(x, find(letters == name));
        x = permute(x, [find(letters ~= name), find(letters == name), numel(letters) + 1]);
        letters = letters(letters ~= name);
    end
end

function x = ordered(x, letters, wanted)
% The axes of x in this order of their letters.
    [~, order] = ismember(wanted, letters);
    x = permute(x, [order, numel(letters) + (1:2)]);
end`,
  batched: `function y = batched(f, count, varargin)
% f of each slice; the first axes of all arguments, so many, count the slices.
    shape = ones(1, count);
    for k = 1:numel(varargin)
        shape = max(shape, size(varargin{k}, 1:count));
    end
    total = prod(shape);
    slices = cell(1, numel(varargin));
    y = [];
    for s = 1:total
        for k = 1:numel(varargin)
            x = varargin{k} + zeros([shape, 1, 1]);
            own = size(x);
            own = [own(count + 1:end), 1, 1];
            x = reshape(x, total, []);
            slices{k} = reshape(x(s, :), own);
        end
        one = f(slices{:});
        y(s, :) = one(:);
    end
    own = size(one);
    if own(end) == 1
        own = own(1:end - 1);
    end
    y = reshape(y, [shape, own, 1]);
end`,
  logabsdet: `function y = logabsdet(x)
% log(abs(det(x))), without overflow.
    [~, u, ~] = lu(x);
    y = sum(log(abs(diag(u))));
end`,
  logdet: `function y = logdet(x)
% log(det(x)) without overflow, NaN where det(x) <= 0.
    [~, u, p] = lu(x);
    pivots = diag(u);
    if det(p) * prod(sign(pivots)) > 0
        y = sum(log(abs(pivots)));
    else
        y = NaN;
    end
end`,
  adjugate: `function y = adjugate(x)
% The adjugate det(x) * inv(x), of a singular matrix too.
    [u, s, v] = svd(x);
    s = diag(s);
    others = ones(size(s));
    for k = 1:numel(s)
        others(k) = prod(s([1:k - 1, k + 1:end]));
    end
    y = det(u) * det(v) * (v * diag(others) * u');
end`,
  softmax: `function y = softmax(x)
% exp(x) / sum(exp(x)), without overflow.
    y = exp(x - max(x));
    y = y / sum(y);
end`,
  logsoftmax: `function y = logsoftmax(x)
% log(exp(x) / sum(exp(x))), without overflow.
    x = x - max(x);
    y = x - log(sum(exp(x)));
end`,
  logsumexp: `function y = logsumexp(x)
% log(sum(exp(x))) over all entries, without overflow.
    peak = max(x(:));
    if ~isfinite(peak)
        peak = 0;
    end
    y = peak + log(sum(exp(x(:) - peak)));
end`,
  rnorm: `function y = rnorm(x)
% 1 / norm(x), but 0 at 0.
    size_ = norm(x(:));
    y = (size_ ~= 0) / (size_ + (size_ == 0));
end`,
  prodexcept: `function y = prodexcept(x)
% For each entry the product of all others.
    before = cumprod([1; x(1:end - 1)]);
    after = flipud(cumprod([1; flipud(x(2:end))]));
    y = before .* after;
end`,
  cholesky: `function l = cholesky(x)
% The lower triangular L with L L' = (x + x') / 2.
    l = chol((x + x') / 2, 'lower');
end`,
  derivative: `function y = derivative(f, x, varargin)
% The derivative of a matrix function at x in these directions, from f at a block-triangular matrix.
    n = size(x, 1);
    block = x;
    scale = 1;
    for k = 1:numel(varargin)
        direction = varargin{k};
        if ~any(direction(:))
            y = zeros(n);
            return
        end
        unit = max(abs(x(:))) / max(abs(direction(:)));
        if unit == 0
            unit = 1 / max(abs(direction(:)));
        end
        scale = scale * unit;
        corner = kron(eye(size(block, 1) / n), unit * direction);
        block = [block, corner; zeros(size(block)), block];
    end
    all_ = f(block);
    y = all_(1:n, end - n + 1:end) / scale;
end`,
} as const satisfies Readonly<Record<string, string>>

export type Helper = keyof typeof table

/** Names of all functions that helpers define. */
export const helperNames: readonly string[] = [...Object.keys(table), 'ondiagonal', 'summedout', 'ordered']

/** The texts of the helpers that this code calls, and of those that they call. */
export function helperTexts(code: string): string[] {
  const texts: string[] = []
  const done = new Set<string>()
  const scan = (text: string): void => {
    for (const [name, own] of Object.entries(table)) {
      if (done.has(name) || !new RegExp(`(?<![\\w'.])@?${name}\\(|@${name}\\b`).test(text)) continue
      done.add(name)
      texts.push(own)
      scan(own)
    }
  }
  scan(code)
  return texts
}
