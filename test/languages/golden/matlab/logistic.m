function [value, gradient_w, hessian_w] = evaluate(X, y, w)
% EVALUATE  sum(log(exp(-y.*(X*w)) + vector(1)))
%
%   X           m x n
%   y           m x 1
%   w           n x 1
%
% Returns
%   value       a number: sum(softplus(-y.*(X*w)))
%   gradient_w  n x 1: -X'*(y.*sigmoid(-y.*(X*w)))
%   hessian_w   n x n: X'*diag(y.^2.*sigmoid(-y.*(X*w)).*(1 - sigmoid(-y.*(X*w))))*X
    if nargin == 0
        selfcheck();
        return
    end
    if ndims(X) > 2
        error('evaluate:size', 'X must be of size m x n, not %s', mat2str(size(X)));
    end
    [m, n] = size(X);
    if ~isequal(size(y), [m, 1])
        error('evaluate:size', 'y must be of size m x 1, not %s', mat2str(size(y)));
    end
    if ~isequal(size(w), [n, 1])
        error('evaluate:size', 'w must be of size n x 1, not %s', mat2str(size(w)));
    end
    t1 = (X * w) .* y;
    value = sum(softplus(-t1));
    t2 = sigmoid(-t1);
    hessian_w = ((y.^2 .* (1 - t2) .* t2)' .* X') * X;
    gradient_w = -(X' * (y .* t2));
end

function selfcheck()
% Compares the derivatives with central differences at random inputs; an error where one is wrong.
    m = 3;
    n = 2;
    parameters = {
        {[m, n], 'any'}
        {[m, 1], 'any'}
        {[n, 1], 'any'}
    };
    % What is differentiated, the derivative, and the parameters differentiated by.
    cases = {
        {1, 2, [3]}
        {2, 3, [3]}
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
    results = cell(1, 3);
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

function y = sigmoid(t)
% 1 / (1 + exp(-t))
    y = 1 ./ (1 + exp(-t));
end

function y = softplus(t)
% log(1 + exp(t)), without overflow.
    y = max(t, 0) + log1p(exp(-abs(t)));
end
