function [value, gradient_U, hessian_U, hessian_U_V] = evaluate(T, U, V)
% EVALUATE  norm2(T - U*V')^2
%
%   T            m x n
%   U            m x k
%   V            n x k
%
% Returns
%   value        a number: norm2(T - U*V')^2
%   gradient_U   m x k: 2*(U*V' - T)*V
%   hessian_U    m x k x m x k, compressed: a struct of cores, apply(p) and expand(): H[i,j,l,p] = 2*sum[q](V[q,j]*V[q,p])*eye(m)[i,l]
%   hessian_U_V  m x k x n x k, compressed: a struct of cores, apply(p) and expand(): H[i,j,l,p] = 2*(U[i,p]*V[l,j] + (sum[q](U[i,q]*V[l,q]) - T[i,l])*eye(k)[j,p])
    if nargin == 0
        selfcheck();
        return
    end
    if ndims(T) > 2
        error('evaluate:size', 'T must be of size m x n, not %s', mat2str(size(T)));
    end
    [m, n] = size(T);
    if ndims(U) > 2 || size(U, 1) ~= m
        error('evaluate:size', 'U must be of size m x k, not %s', mat2str(size(U)));
    end
    k = size(U, 2);
    if ~isequal(size(V), [n, k])
        error('evaluate:size', 'V must be of size n x k, not %s', mat2str(size(V)));
    end
    hessian_U_V_core = U * V' - T;
    value = sum(sum(hessian_U_V_core.^2));
    hessian_U_core = V' * V;
    gradient_U = 2 * (hessian_U_V_core * V);
    hessian_U = struct();
    hessian_U.cores = {hessian_U_core};
    hessian_U.apply = @(p) apply_hessian_U(hessian_U.cores, p);
    hessian_U.expand = @() expand_hessian_U(hessian_U.cores, m);
    hessian_U_V = struct();
    hessian_U_V.cores = {U, V, hessian_U_V_core};
    hessian_U_V.apply = @(p) apply_hessian_U_V(hessian_U_V.cores, p);
    hessian_U_V.expand = @() expand_hessian_U_V(hessian_U_V.cores);
end

function result = apply_hessian_U(cores, p)
% APPLY_HESSIAN_U  hessian_U applied to p: its last axes, those of U, are summed with p.
%
%   cores   the cores of all terms, in order
%   p       m x k
    c1 = cores{1};
    k = size(c1, 1);
    if ndims(p) > 2 || size(p, 2) ~= k
        error('apply_hessian_U:size', 'p must be of size m x k, not %s', mat2str(size(p)));
    end
    result = 2 * (p * c1');
end

function result = expand_hessian_U(cores, m)
% EXPAND_HESSIAN_U  hessian_U as a dense tensor.
%
%   cores   the cores of all terms, in order
%   m       a size that no argument tells
    c1 = cores{1};
    k = size(c1, 1);
    result = zeros(m, k, m, k);
    block = reshape(2 * c1, 1, k, 1, k);
    for i = 1:m
        result(i, :, i, :) = block;
    end
end

function result = apply_hessian_U_V(cores, p)
% APPLY_HESSIAN_U_V  hessian_U_V applied to p: its last axes, those of V, are summed with p.
%
%   cores   the cores of all terms, in order
%   p       n x k
    [c1, c2, c3] = deal(cores{:});
    [m, k] = size(c1);
    n = size(c2, 1);
    if ~isequal(size(p), [n, k])
        error('apply_hessian_U_V:size', 'p must be of size n x k, not %s', mat2str(size(p)));
    end
    result = 2 * (c1 * (p' * c2) + c3 * p);
end

function result = expand_hessian_U_V(cores)
% EXPAND_HESSIAN_U_V  hessian_U_V as a dense tensor.
%
%   cores   the cores of all terms, in order
    [c1, c2, c3] = deal(cores{:});
    [m, k] = size(c1);
    n = size(c2, 1);
    result = zeros(m, k, n, k);
    result = result + 2 * (permute(c1, [1, 3, 4, 2]) .* permute(c2', [3, 1, 2]));
    block = reshape(2 * c3, m, 1, n, 1);
    for i = 1:k
        result(:, i, :, i) = result(:, i, :, i) + block;
    end
end

function selfcheck()
% Compares the derivatives with central differences at random inputs; an error where one is wrong.
    m = 3;
    n = 2;
    k = 5;
    parameters = {
        {[m, n], 'any'}
        {[m, k], 'any'}
        {[n, k], 'any'}
    };
    % What is differentiated, the derivative, and the parameters differentiated by.
    cases = {
        {1, 2, [2]}
        {2, 3, [2]}
        {2, 4, [3]}
    };
    state = 1;
    worst = 0;
    right = true;
    points = 0;
    ranges = [-2, 2; 0.5, 1.5; 0.1, 0.4];
    for r = 1:3
        % Positive entries serve where the function is not defined for others.
        inputs = cell(1, numel(parameters));
        for k = 1:numel(inputs)
            inputs{k} = sampled(parameters{k}{:}, ranges(r, 1), ranges(r, 2));
        end
        results = evaluated(inputs);
        values = cellfun(@dense, results, 'UniformOutput', false);
        if ~all(cellfun(@(v) isreal(v) && all(isfinite(v(:))), values))
            continue
        end
        points = points + 1;
        for c = 1:numel(cases)
            [of, at, by] = deal(cases{c}{:});
            order = numel(by);
            % The step that balances rounding with the curvature left out.
            step = eps^(1 / (order + 2));
            tolerance = 10^min(order - 6, -1);
            rounding = 100 * eps * max(1, largest(values{of})) / step^order;
            % A step may cross a kink; a wrong derivative is wrong in every direction.
            least = Inf;
            for attempt = 1:3
                directions = cell(1, order);
                for k = 1:order
                    [shape, kind] = deal(parameters{by(k)}{:});
                    if strcmp(kind, 'psd')
                        kind = 'symmetric';
                    elseif strcmp(kind, 'positive')
                        kind = 'any';
                    end
                    directions{k} = sampled(shape, kind, -1, 1);
                    directions{k} = directions{k} / max(1, norm(directions{k}(:)));
                end
                expected = difference(inputs, of, by, directions, step);
                scale = max(largest(expected), rounding / tolerance);
                found = {contracted(values{at}, directions{end})};
                if isstruct(results{at}) && isfield(results{at}, 'apply')
                    found{2} = results{at}.apply(directions{end});
                end
                gap = 0;
                for f = 1:numel(found)
                    one = found{f};
                    for k = order - 1:-1:1
                        one = contracted(one, directions{k});
                    end
                    gap = max(gap, largest(one(:) - expected(:)));
                end
                least = min(least, gap / scale);
            end
            worst = max(worst, least);
            right = right && least < tolerance;
        end
    end
    fprintf('largest relative error against central differences: %.1e\n', worst);
    if ~right || points == 0
        error('evaluate:check', 'a derivative is wrong');
    end

    function x = sampled(shape, kind, low, high)
        x = zeros(shape);
        for index = 1:numel(x)
            state = mod(state * 16807, 2147483647);
            x(index) = low + (high - low) * state / 2147483647;
        end
        switch kind
            case 'symmetric'
                x = (x + x') / 2;
            case 'psd'
                x = x * x' + eye(size(x));
            case 'diagonal'
                x = diag(diag(x));
            case 'positive'
                x = 0.5 + abs(x) / max(1, max(abs(x(:))));
        end
    end
end

function results = evaluated(inputs)
    results = cell(1, 4);
    [results{:}] = evaluate(inputs{:});
end

function value = dense(result)
    value = result;
    if isstruct(result)
        value = result.expand();
    end
end

function y = difference(inputs, of, by, directions, step)
% Central differences along directions, the first taken last.
    if isempty(by)
        results = evaluated(inputs);
        y = dense(results{of});
        return
    end
    above = inputs;
    above{by(1)} = above{by(1)} + step * directions{1};
    below = inputs;
    below{by(1)} = below{by(1)} - step * directions{1};
    y = (difference(above, of, by(2:end), directions(2:end), step) ...
        - difference(below, of, by(2:end), directions(2:end), step)) / (2 * step);
end

function y = contracted(x, direction)
% The last axes of x summed with the direction.
    y = reshape(x, [], numel(direction)) * direction(:);
end

function y = largest(x)
    y = max([0; abs(x(:))]);
end
